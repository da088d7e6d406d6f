import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "@jest/globals";
import { type Lab, startLab, sweep } from "./index.ts";
import { labId } from "./names.ts";

const traces = (id: string) => ({
  namespaces: readdirSync("/run/netns").filter((name) => name.startsWith(`${id}-`)),
  directories: readdirSync(tmpdir()).filter((name) => name.startsWith(`${id}-`)),
});
const NOTHING = { namespaces: [], directories: [] };
const isAlive = (pid: number | undefined) => existsSync(`/proc/${pid}`);

test("two labs side by side know nothing of each other", async () => {
  await using first = await startLab();
  await using second = await startLab({ iptables: "legacy" });
  expect(first.id).not.toBe(second.id);
  expect(first.router.ssh.hostKey).not.toBe(second.router.ssh.hostKey);
  const before = await second.router.dump();
  await first.router.exec(
    "ip addr add 123.234.1.10/32 dev eth1; touch /tmp/first /etc/first; iptables -A INPUT -j DROP",
  );
  expect(await second.router.dump()).toBe(before);
  const server = { port: 80, address: "203.0.113.80" };
  await Promise.all([first.server("internet", server), second.server("internet", server)]);
});

test("nothing is left after a lab, not even what was started inside and ignores signals", async () => {
  let lab: Lab | undefined;
  let inside: number | undefined;
  {
    await using mine = await startLab();
    lab = mine;
    await mine.tunnel();
    await mine.server("server1", { port: 1494 });
    await mine.router.watchWrites();
    await mine.router.exec("trap '' HUP INT TERM; (while :; do sleep 1; done) >/dev/null 2>&1 </dev/null &");
    inside = mine.inNamespace("operator", ["sleep", "1000"], { stdio: "ignore" }).pid;
    expect(traces(mine.id).namespaces).toHaveLength(10);
    expect(traces(mine.id).directories).toHaveLength(1);
    expect(isAlive(inside)).toBe(true);
  }
  expect(traces(lab.id)).toEqual(NOTHING);
  // Dead, but on a busy machine its parent, which is us, may still have to take note of it.
  for (let round = 0; round < 500 && isAlive(inside); round++) await sleep(10);
  expect(isAlive(inside)).toBe(false);
  expect(execFileSync("ps", ["-eo", "args"], { encoding: "utf8" })).not.toContain(lab.id);
  await lab.stop();
});

test("a lab that cannot start cleans up and says why", async () => {
  // Other test processes have labs of their own at the same time.
  const mine = labId(process.pid, 0).replace(/0$/, "");
  const ours = () => [...readdirSync("/run/netns"), ...readdirSync(tmpdir())].filter((name) => name.startsWith(mine));
  const before = ours();
  await expect(startLab({ defaultRoute: "default via nonsense" })).rejects.toThrow("nonsense");
  await expect(startLab({ sshdConfig: ["NoSuchOption yes"] })).rejects.toThrow("NoSuchOption");
  expect(ours()).toEqual(before);
});

test("the sweeper removes a dead process' leftovers and leaves the living alone", async () => {
  await using living = await startLab();
  const { stdout, pid } = await abandonLab();
  expect(stdout).toMatch(/^mw/);
  expect(traces(stdout).namespaces).toHaveLength(10);
  expect(isAlive(pid)).toBe(false);
  const stray = join(tmpdir(), `${labId(pid, 99)}-stray`);
  mkdirSync(stray);
  await sweep();
  expect(traces(stdout)).toEqual(NOTHING);
  expect(existsSync(stray)).toBe(false);
  expect(traces(living.id).namespaces).toHaveLength(10);
});

/** Starts a lab in a process that is killed on the spot, so that no clean-up of its own can run. */
const abandonLab = async (): Promise<{ stdout: string; pid: number }> => {
  const script = `
    const { startLab } = await import(${JSON.stringify(join(import.meta.dirname, "index.ts"))});
    const lab = await startLab();
    process.stdout.write(lab.id + " " + process.pid, () => process.kill(process.pid, "SIGKILL"));`;
  const { capture } = await import("./command.ts");
  const { stdout } = await capture([process.execPath, "--input-type=module", "-e", script], {
    env: { NODE_OPTIONS: "" },
  });
  const [id = "", pid = ""] = stdout.split(" ");
  return { stdout: id, pid: Number(pid) };
};
