/**
 * `npm run vm -- systemd`: a router with systemd (in a container), whose logind kills what a session leaves behind (KillUserProcesses=yes). Its operator
 * is killed in the middle of a change; what ends his session must spare the watchers, which roll the change back.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Lab } from "../../lab/index.ts";
import { type Command, Operator } from "../faults/operator.ts";
import { type Goal, resourcesOf } from "../faults/site.ts";
import { DUMP, diff } from "./dump.ts";
import { startVmLab } from "./lab.ts";

const CONFIRM = 8;

interface Way {
  readonly name: string;
  /** Shell, in the guest, that brings it about. */
  readonly set: string;
  /** The control group of watcher W of a run. */
  group(run: string, w: number): string;
}
const unit = (run: string, w: number) => `/system.slice/multiwan-${run}-${w}.service`;
const root = () => "/";

const SERVICE = "systemctl stop -q sshd.socket; systemctl start ssh.service";
const SOCKET = `cat >/run/systemd/system/sshd.socket <<'X'
[Socket]
ListenStream=22
Accept=yes
X
cat >/run/systemd/system/sshd@.service <<'X'
[Service]
ExecStart=-/usr/sbin/sshd -i
StandardInput=socket
X
systemctl daemon-reload; systemctl stop ssh.service; mkdir -p /run/sshd; systemctl start sshd.socket`;
const WITHOUT = "mv /usr/bin/systemd-run /usr/bin/systemd-run.off";
const WITH = "[ -e /usr/bin/systemd-run ] || mv /usr/bin/systemd-run.off /usr/bin/systemd-run";
const pam = (yes: boolean) => `sed -i 's/^UsePAM.*/UsePAM ${yes ? "yes" : "no"}/' /etc/ssh/sshd_config`;

const WAYS: readonly Way[] = [
  { name: "ssh.service, logind", set: SERVICE, group: unit },
  { name: "ssh.service, logind, no systemd-run", set: WITHOUT, group: root },
  { name: "sshd@.service of a socket, logind", set: `${WITH}; ${SOCKET}`, group: unit },
  { name: "sshd@.service of a socket, logind, no systemd-run", set: WITHOUT, group: root },
  { name: "sshd@.service of a socket, no logind", set: `${WITH}; ${pam(false)}`, group: unit },
  { name: "sshd@.service of a socket, no logind, no systemd-run", set: WITHOUT, group: root },
  {
    ...{ name: "ssh.service, no D-Bus", group: unit },
    set: `${WITH}; ${pam(true)}; ${SERVICE}; systemctl stop dbus.socket dbus.service`,
  },
  { name: "ssh.service, no D-Bus, no systemd-run", set: WITHOUT, group: root },
];

for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
await using lab = await startVmLab(process.argv[2]!);
const { guest } = lab;
const { host, port, privateKeyFile, hostKey } = lab.settings;
const router = { host, port, privateKeyFile, hostKey, connectTimeout: 30, exchangeTimeout: 300 };
const operator = new Operator({ ...lab.asLab, router: { ...lab.asLab.router, dir: lab.dir } } as Lab);
const command = (goal: Goal, more: Partial<Command> = {}): Command => ({
  ...{ resources: resourcesOf(goal), router: { ...router, confirmTimeout: 60 }, apply: true },
  ...more,
});

let good = 0;
const bad: string[] = [];
const check = (what: string, is: unknown, wanted: unknown) => {
  if (is === wanted) {
    good++;
    return console.log(`  ok: ${what}`);
  }
  bad.push(what);
  console.log(`  FAILED: ${what}: ${String(is)}, wanted ${String(wanted)}`);
};

/** Without what tells of the rollback. */
const dump = async () => (await guest.exec(DUMP)).replace(/^.* reverted\n/gm, "");

async function up(goal: Goal): Promise<void> {
  const answer = await (await operator.run(command(goal))).done;
  const [failure] = Object.values(answer?.failures ?? { "": "the operator's process has died" });
  if (failure !== undefined) throw new Error(`up to "${goal}": ${failure}`);
}

/** systemd kills every process in the control groups of the sessions, as logind does with KillUserProcesses=yes. */
async function endSessions(): Promise<void> {
  await guest.exec("setsid sleep 1234 >/dev/null 2>&1 </dev/null &");
  await guest.exec("systemctl kill -s KILL 'session-*.scope' 'ssh.service' 'sshd@*.service'").catch(() => undefined);
  await guest.answers();
  check("no process of a session is left", (await guest.exec("pgrep -x -f 'sleep 1234' || :")).trim(), "");
}

/** Begins a change, and kills the operator in the middle of it. */
async function abandoned(): Promise<{ run: string; groups: readonly string[] }> {
  const settings = { ...router, confirmTimeout: CONFIRM };
  const { reached, done } = await operator.run(
    command("moved", { router: settings, at: "begin-answered", act: "stop" }),
  );
  if (!(await reached)) throw new Error(`the change was not begun: ${JSON.stringify(await done)}`);
  const said = await guest.exec(
    'cd /run/multiwan/tx.*; pwd; for w in 1 2; do read -r p <alive.$w; cut -d: -f3- "/proc/$p/cgroup" | tail -n 1; done',
  );
  const [folder = "", ...groups] = said.trim().split("\n");
  return { run: folder.split("tx.")[1]!, groups };
}

async function rolledBack(what: string, before: string): Promise<void> {
  let left = "";
  for (let i = 0; i < CONFIRM + 20; i++) {
    await sleep(1000);
    left = (await guest.exec("ls /run/multiwan | grep -e tx -e lock || :")).trim();
    if (left === "") break;
  }
  check(`${what}: nothing of it is left in /run`, left, "");
  const now = await dump();
  check(`${what}: the router is as before`, now === before ? "" : diff(before, now), "");
  // The other one looks once a second.
  const units = () => guest.exec("systemctl list-units -q --all 'multiwan-*'").then((text) => text.trim());
  for (let i = 0; i < 10 && (await units()) !== ""; i++) await sleep(1000);
  check(`${what}: no unit is left`, await units(), "");
}

console.log(
  `booted in ${(await guest.boot()).toFixed(0)} s: ${(await guest.exec("systemctl --version")).split("\n")[0]}`,
);
await guest.exec(
  "until systemctl is-system-running --wait >/dev/null; do case $(systemctl is-system-running) in degraded) break ;; esac; sleep 1; done",
);
await operator.start();
await up("site");

for (const way of WAYS) {
  console.log(way.name);
  await guest.exec(way.set);
  await guest.answers();
  const before = await dump();
  const { run, groups } = await abandoned();
  check("control groups of the watchers", groups.join(), [1, 2].map((w) => way.group(run, w)).join());
  await operator.kill();
  await endSessions();
  await rolledBack("the session is killed", before);
  if (way.group !== unit) continue;
  await abandoned();
  await operator.kill();
  await guest.exec("cd /run/multiwan/tx.*; kill -9 $(cat alive.1 alive.2)");
  await rolledBack("the watchers are killed too", before);
}
await up("moved");
await up("none");
console.log(`${good} passed, ${bad.length} failed`);
await operator.kill();
process.exitCode = bad.length > 0 ? 1 : 0;
