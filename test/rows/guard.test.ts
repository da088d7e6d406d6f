import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Lab, startLab, UNTOLD } from "../lab/index.ts";
import { iptablesVariants } from "../variants.ts";
import { type Direct, direct, type Resource } from "./direct.ts";
import { succeeded } from "./helpers.ts";

const rule = (name: string, priority: number): Resource => ({
  kind: "FwmarkRule",
  name,
  args: { mark: priority, mask: 0xffff, table: 77, priority },
});
/** Sends whoever connects to the router's own ssh port to a server that does not answer there. */
const CAPTURE: Resource = {
  kind: "ServerMap",
  name: "capture",
  args: { map: "capture", entries: [{ address: "192.168.99.1", port: 22, server: "172.16.1.131" }] },
};

describe.each(iptablesVariants("nft"))("the guard of a transaction, iptables %s", (iptables) => {
  let lab: Lab;
  let stack: Direct;
  let dump: string;
  beforeAll(async () => {
    lab = await startLab({ iptables, sshdConfig: UNTOLD });
    stack = await direct(lab);
    stack.resources = [rule("first", 900)];
    await stack.deploy();
    dump = await lab.router.dump();
  });
  afterAll(() => lab?.stop());

  const attempt = async (...resources: readonly Resource[]) => {
    stack.resources = [rule("first", 900), ...resources];
    const run = await stack.up();
    expect(run.code).toBe(1);
    return run.failures;
  };

  /** Plays while another program stands in for a tool of the router's. */
  const withTool = async <T>(tool: string, text: (real: string) => string, play: () => Promise<T>): Promise<T> => {
    const real = (await lab.router.exec(`command -v ${tool}`)).trim();
    const path = `/usr/local/sbin/${tool}`;
    await lab.router.exec(`cat >${path}; chmod 755 ${path}`, `#!/bin/sh\n${text(real)}\n`);
    try {
      return await play();
    } finally {
      await lab.router.exec(`rm ${path}`);
    }
  };

  test("a change that shuts the operator out is taken back, and the error says so", async () => {
    const failures = await attempt(CAPTURE, rule("beside", 901));
    expect(failures.capture).toMatch(
      /^127\.0\.0\.1:\d+: after the change a new connection from here no longer gets in: .*\. Everything was rolled back\.$/,
    );
    // Nobody knows which of the two it was.
    expect(failures.beside).toBe(failures.capture);
    expect(await lab.router.dump()).toBe(dump);
  });

  test("the change and the next one go through once nothing shuts anybody out", async () => {
    stack.resources = [rule("first", 900), rule("beside", 901)];
    succeeded(await stack.up());
    stack.resources = [rule("first", 900)];
    succeeded(await stack.up());
    expect(await lab.router.dump()).toBe(dump);
  });

  test("a tool that does nothing and says that all is well is found out by what the router shows", async () => {
    const lies = (ip: string) => `case "$*" in "rule add "*904*) exit 0 ;; esac\nexec ${ip} "$@"`;
    const failures = await withTool("ip", lies, () => attempt(rule("missing", 904), rule("beside", 905)));
    expect(failures.missing).toMatch(
      /: the change was made, but the router does not show it: missing: 904: .*\. Everything was rolled back\.$/,
    );
    expect(await lab.router.dump()).toBe(dump);
  });

  test("when the shell that confirms is killed, the router is asked which way it went", async () => {
    // The first command after the change is confirmed.
    const kills = (rm: string) => `case "$*" in "-f /run/multiwan/reverted") kill -9 $PPID ;; esac\nexec ${rm} "$@"`;
    stack.resources = [rule("first", 900), rule("confirmed", 906)];
    succeeded(await withTool("rm", kills, () => stack.up()));
    expect(await lab.router.exec("ip rule show")).toContain("906:");
    stack.resources = [rule("first", 900)];
    succeeded(await stack.up());
    expect(await lab.router.dump()).toBe(dump);
  });

  test("when the operator is cut off in the middle the router takes the change back by itself, and the run says so", async () => {
    stack.router = { ...stack.router, confirmTimeout: 3, connectTimeout: 5 };
    // As soon as the new rule is there the line is dead, for old and new connections, until it is gone again.
    const cut = lab.router.exec(`
      until ip rule show | grep -q '^902:'; do sleep 0.01; done
      iptables -t raw -A PREROUTING -i eth3 -j DROP; iptables -t raw -A OUTPUT -o eth3 -j DROP
      while ip rule show | grep -q '^902:'; do sleep 0.1; done
      iptables -t raw -D PREROUTING -i eth3 -j DROP; iptables -t raw -D OUTPUT -o eth3 -j DROP`);
    const failures = await attempt(rule("cut", 902));
    await cut;
    expect(failures.cut).toMatch(
      /: the change was not confirmed within 3 seconds, so the router has rolled it back by itself\. Find out what cut the connection, and run again; on a slow line raise the time \(multiwan:router\.confirmTimeout in Pulumi\.<stack>\.yaml\)\.$/,
    );
    expect(withoutNote(await lab.router.dump())).toBe(dump);
  });

  test("when only the connection breaks the router decides, the run comes back, and says which way it went", async () => {
    // From within the step itself, so that no load of this machine can let the run come first.
    const cuts = (ip: string) => `${ip} "$@"; rc=$?
case "$*" in "rule add "*903*)
  for dir in /proc/[0-9]*; do
    { IFS= read -r name <$dir/comm; } 2>/dev/null || continue
    case $name in sshd*) grep -q -e -D $dir/cmdline || kill -9 "\${dir#/proc/}" 2>/dev/null;; esac
  done;;
esac
exit $rc`;
    const failures = await withTool("ip", cuts, () => attempt(rule("killed", 903)));
    expect(failures.killed).toMatch(/the change was not confirmed within 3 seconds, so the router has rolled it back/);
    expect(withoutNote(await lab.router.dump())).toBe(dump);
  });
});

/** A router that took a change back by itself leaves a note about it, for whoever asks; the next confirmed change removes it. */
const withoutNote = (text: string) => text.replace(/\/run\/multiwan\/reverted 600\n {2}[0-9a-f]+ undone\n/, "");
