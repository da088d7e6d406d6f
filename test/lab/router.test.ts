import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { capture } from "./command.ts";
import { type Lab, startLab } from "./index.ts";

const sshArgv = (lab: Lab, host: string, port: number, command: string) => [
  ...["ssh", "-F", "none", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes"],
  ...["-o", `UserKnownHostsFile=${lab.router.ssh.knownHostsFile}`, "-i", lab.router.ssh.keyFile],
  ...["-p", String(port), `${lab.router.ssh.user}@${host}`, command],
];
const IDENTITY = "hostname; ip -o -4 addr show eth1; ip rule; cat /etc/iproute2/rt_tables; readlink /proc/self/ns/net";

test("a login from the operator and one through the tunnel meet the router exec works on; both are counted", async () => {
  await using lab = await startLab();
  const expected = await lab.router.exec(IDENTITY);
  expect(expected).toMatch(/^router\n/);
  expect(expected).toContain("149.99.251.146/30");
  expect(expected).toContain("lookup foreign_vpn");
  expect(await lab.router.handshakes()).toBe(0);

  const { host, port } = lab.router.ssh;
  expect(await lab.run("operator", sshArgv(lab, host, port, IDENTITY))).toMatchObject({ code: 0, stdout: expected });
  expect([await lab.router.connections(), await lab.router.handshakes()]).toEqual([1, 1]);

  const tunnel = await lab.tunnel();
  expect(await capture(sshArgv(lab, tunnel.host, tunnel.port, IDENTITY))).toMatchObject({ code: 0, stdout: expected });
  expect([await lab.router.connections(), await lab.router.handshakes()]).toEqual([2, 2]);

  const stranger = sshArgv(lab, tunnel.host, tunnel.port, "true").map((arg) =>
    arg === lab.router.ssh.keyFile ? "/dev/null" : arg,
  );
  expect((await capture(stranger)).code).toBe(255);
  expect([await lab.router.connections(), await lab.router.handshakes()]).toEqual([3, 2]);
});

test("what the router writes stays on the router", async () => {
  await using lab = await startLab();
  const file = `/etc/${lab.id}`;
  await lab.router.exec(`echo hers > ${file}; echo x > /tmp/${lab.id}; echo x > /run/${lab.id}; rm /etc/passwd`);
  expect([file, `/tmp/${lab.id}`, `/run/${lab.id}`].filter(existsSync)).toEqual([]);
  expect(existsSync("/etc/passwd")).toBe(true);
  expect(readFileSync(`${lab.router.changes}${file}`, "utf8")).toBe("hers\n");
});

test("exec passes its input on and throws with what the command said", async () => {
  await using lab = await startLab({ foreign: false });
  expect(await lab.router.exec("cat", "text\n")).toBe("text\n");
  await expect(lab.router.exec("echo no >&2; exit 3")).rejects.toThrow("exit code 3: echo no >&2; exit 3\nno");
});

test.each(["legacy", "nf_tables"] as const)("iptables means %s for a login", async (backend) => {
  await using lab = await startLab({ iptables: backend === "legacy" ? "legacy" : "nft" });
  const { host, port } = lab.router.ssh;
  const { stdout } = await lab.run(
    "operator",
    sshArgv(lab, host, port, "iptables -V; iptables-restore -V; iptables-save -V"),
  );
  expect(stdout.match(new RegExp(`\\(${backend}\\)`, "g"))).toHaveLength(3);
});

test("a busybox router has busybox for sh and for ip; a dash router has not", async () => {
  await using small = await startLab({ busybox: true, sshdConfig: ["SetEnv LAB=small"] });
  await using usual = await startLab({ sh: "busybox" });
  const look = "readlink -f $(command -v ip); readlink -f /bin/sh; readlink /proc/$$/exe; echo $LAB";
  const login = (lab: Lab) => lab.run("operator", sshArgv(lab, lab.router.ssh.host, lab.router.ssh.port, look));
  expect((await login(small)).stdout).toMatch(/^(\S+\/busybox\n){3}small\n$/);
  expect((await login(usual)).stdout).toMatch(/^\S+\/ip\n\S+\/busybox\n\S+\/busybox\n\n$/);
  expect(await small.router.exec("ip rule add pref 7 lookup 7; ip rule show")).toContain("7:");
  expect(await small.router.exec("iptables-save")).toContain("FOREIGN_TOS");
});
