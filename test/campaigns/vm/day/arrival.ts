/** The first hour: the router as it is found, how fast it is, the first preview and the first up. */
import { capture, inNet } from "../../../lab/command.ts";
import type { Day } from "./day.ts";

/** @returns the router before anything of ours was on it */
export async function arrival(day: Day, percent: number | undefined): Promise<string> {
  const { tally, operator } = day;
  const { guest, prober } = day.lab;
  tally.measure("boot to ssh, unthrottled, s", await guest.boot());
  tally.say(await guest.exec(WHAT_IT_IS));
  guest.throttle(percent);
  const pristine = await day.dump();
  tally.log(pristine);
  await speed(day);

  const doors = await prober.probe({ from: "internet", to: "123.234.1.11", port: 1494, timeoutMs: 2000 });
  tally.check("before: the doors are shut", !doors.completed);
  const before = await day.written();
  tally.measure("preview (s)", (await day.timed("first preview", () => operator.preview())).seconds);
  tally.check("a preview writes nothing", JSON.stringify(before) === JSON.stringify(await day.written()));

  const watch = guest.exec(WATCH);
  await day.measured("first up", () => operator.up());
  await guest.exec("touch /run/vm-stop");
  course(day, (await watch).trim().split("\n"));
  tally.measure("boot file, bytes", (await guest.exec("wc -c </etc/multiwan/boot")).trim());
  await day.whole("after the first up");
  tally.log(await day.dump());
  tally.log(await guest.exec("cat /etc/multiwan/boot"));
  await day.doors("after the first up");
  await day.visit("after the first up", "isp1");
  tally.measure("second up (s)", await day.quietUp("after the first"));
  return pristine;
}

/** Login and reading, by the provider's own code in the operator's namespace. */
async function speed({ lab, tally }: Day): Promise<void> {
  const script = new URL("../probe.ts", import.meta.url).pathname;
  const probed = await capture([...inNet(lab.operatorNs), process.execPath, script, JSON.stringify(lab.settings)]);
  if (probed.code !== 0) throw new Error(probed.stderr);
  const timing = JSON.parse(probed.stdout) as {
    handshake: number;
    readings: number[];
    script: number;
    kex: string;
    hostKey: string;
  };
  tally.measure("connect, handshake, login, shell (s)", timing.handshake);
  tally.measure("snapshot script (s), three times", timing.readings.join(" "));
  tally.measure("key exchange, host key", `${timing.kex} ${timing.hostKey}`);
  tally.measure("snapshot script, bytes", `${timing.script}`);
}

/** How long each transaction was armed, and how long the disk was written to. */
function course({ tally }: Day, lines: readonly string[]): void {
  tally.log(lines.join("\n"));
  tally.measure("confirm time that the provider chose (s)", /within (\d+)/.exec(lines.join("\n"))?.[1] ?? "?");
  for (const [what, from, to] of [
    ["armed to confirmed", /confirm within/, / confirmed$/],
    ["confirmed to written and closed", / confirmed$/, / gone$/],
  ] as const) {
    const spans: string[] = [];
    let start: number | undefined;
    for (const line of lines) {
      if (from.test(line)) start = Number.parseFloat(line);
      else if (to.test(line) && start !== undefined) {
        spans.push((Number.parseFloat(line) - start).toFixed(1));
        start = undefined;
      }
    }
    tally.measure(`transactions of the first up, ${what} (s)`, spans.join(" "));
  }
}

const WHAT_IT_IS =
  "uname -srm; iptables -V; ip -V; ssh -V 2>&1; readlink -f /bin/sh; grep -e model.name -e bogomips -e MHz /proc/cpuinfo; free -m | sed -n 2p; cat /proc/mounts | grep ' / '; cat /etc/debian_version";

/** What happens on the router meanwhile, by its own clock: the confirm time that the provider chose, and when each step began. */
const WATCH = `last= left= t0=; rm -f /run/vm-stop
while read -r u x </proc/uptime && [ ! -e /run/vm-stop ]; do
  for t in /run/multiwan/tx.*; do :; done
  n=gone
  if [ -d "$t" ]; then
    n=prepared
    [ "$t" = "$t0" ] || { t0=$t left=; }
    [ -s $t/deadline ] && [ -z "$left" ] && read -r d <$t/deadline && left=$((d - \${u%%.*})) && echo "$u confirm within $left"
    [ -e $t/doing ] && read -r n <$t/doing; [ -e $t/confirmed ] && n=confirmed
  fi
  if [ "$n" != "$last" ]; then echo "$u step $n"; last=$n; fi
  sleep 0.1
done`;
