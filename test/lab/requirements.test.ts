import { expect, test } from "@jest/globals";
import { capture } from "./command.ts";
import { obstacle, PACKAGES } from "./requirements.ts";

test("no obstacle for root on a Linux with all tools", () => {
  expect(obstacle("linux", 0, () => true)).toBeUndefined();
  expect(obstacle()).toBeUndefined();
});

test.each([
  ["darwin", 0],
  ["linux", 1000],
  ["win32", undefined],
])("on %s as user %s the one sentence names a container command", (platform, uid) => {
  expect(obstacle(platform, uid, () => true)).toMatch(
    /^The lab needs root on Linux[^\n]*docker run --rm --privileged [^\n]*$/,
  );
});

test("missing tools are named together with the packages that bring them", () => {
  expect(obstacle("linux", 0, (tool) => tool !== "sshd" && tool !== "nft")).toBe(
    "The lab misses nft, sshd: apt-get install -y --no-install-recommends nftables openssh-server",
  );
});

test("setup.sh knows every package and is silent when nothing is missing", async () => {
  const script = `${import.meta.dirname}/setup.sh`;
  expect(await capture(["bash", script])).toEqual({ code: 0, stdout: "", stderr: "" });
  const { stdout } = await capture(["cat", script]);
  for (const name of Object.values(PACKAGES)) expect(stdout).toContain(` ${name}\n`);
});
