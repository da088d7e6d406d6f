/** What the parts of the day have in common: the lab, the operator, the tally, and what is looked at after each step. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Drive, Ran } from "../../../drive/index.ts";
import { INTERNET } from "../../../lab/names.ts";
import type { Probe } from "../../../lab/probe.ts";
import { DUMP, diff } from "../dump.ts";
import type { VmLab } from "../lab.ts";
import type { Tally } from "./tally.ts";

const DOORS = [
  ["isp1", "123.234.1.11", 1494],
  ["isp1", "123.234.1.12", 25],
  ["isp1", "123.234.1.12", 80],
  ["isp1", "123.234.1.13", 80],
  ["isp2", "216.111.1.11", 1494],
  ["isp2", "216.111.1.12", 25],
  ["isp1", "123.234.1.10", 22],
  ["isp2", "216.111.1.10", 22],
] as const;

/** As which address server1 is seen on the internet, by the ISP that it goes out through. */
const SEEN_AS = { isp1: "123.234.1.11", isp2: "216.111.1.11" } as const;

export class Day {
  readonly lab: VmLab;
  readonly operator: Drive;
  readonly tally: Tally;

  constructor(lab: VmLab, operator: Drive, tally: Tally) {
    this.lab = lab;
    this.operator = operator;
    this.tally = tally;
  }

  dump(): Promise<string> {
    return this.lab.guest.exec(DUMP);
  }

  /** Requests and 512-byte sectors that the guest's kernel has written to its disk so far. */
  async written(): Promise<{ requests: number; sectors: number }> {
    const words = (await this.lab.guest.exec("cat /sys/block/vda/stat")).trim().split(/\s+/).map(Number);
    return { requests: words[4]!, sectors: words[6]! };
  }

  async isReadOnly(): Promise<boolean> {
    return / \/ ext2 ro,/.test(await this.lab.guest.exec("grep ' / ' /proc/mounts"));
  }

  /** A command of the operator's, which has to end with this exit code. */
  async timed(what: string, work: () => Promise<Ran>, code = 0): Promise<Ran & { seconds: number }> {
    const start = performance.now();
    const ran = await work();
    const seconds = (performance.now() - start) / 1000;
    this.tally.log(`--- ${what} (${seconds.toFixed(2)} s, exit code ${ran.code})\n${ran.text}`);
    this.tally.check(`${what}: exit code ${code}`, ran.code === code, ran.text);
    return { ...ran, seconds };
  }

  /** The same, with its time and what it has written among what was measured. */
  async measured(what: string, work: () => Promise<Ran>): Promise<void> {
    const before = await this.written();
    this.tally.measure(`${what} (s)`, (await this.timed(what, work)).seconds);
    const after = await this.written();
    const kib = (after.sectors - before.sectors) / 2;
    this.tally.measure(`written by ${what}: requests, KiB`, `${after.requests - before.requests}, ${kib}`);
  }

  async doors(when: string): Promise<void> {
    const wrong: string[] = [];
    for (const [isp, to, port] of DOORS) {
      const probe = await this.lab.prober.probe({ from: "internet", to, port, timeoutMs: 4000 });
      if (!probe.completed || probe.inbound !== isp || probe.outbound !== isp)
        wrong.push(`${to}:${port} ${JSON.stringify(probe)}`);
    }
    const what = `${DOORS.length} doors of both ISPs answer, each through its own: ${when}`;
    this.tally.check(what, wrong.length === 0, wrong.join("\n"));
  }

  async visit(when: string, isp: keyof typeof SEEN_AS): Promise<void> {
    const source = SEEN_AS[isp];
    const probe: Probe = await this.lab.prober.probe({ from: "server1", to: INTERNET.web, port: 80, timeoutMs: 4000 });
    this.tally.check(
      `server1 visits the internet through ${isp} as ${source}: ${when}`,
      probe.completed && probe.outbound === isp && probe.peer?.split(":")[0] === source,
      JSON.stringify(probe),
    );
  }

  /** The disk: boot files with their checksums, nothing of a write left over, read-only. */
  async whole(when: string): Promise<string> {
    const out = await this.lab.guest.exec(WHOLE);
    this.tally.check(`boot files whole, nothing left over: ${when}`, !/boot TORN|\.mw|\.new/.test(out), out);
    this.tally.check(`root is read-only: ${when}`, await this.isReadOnly());
    return out;
  }

  async silentPreview(when: string): Promise<void> {
    const ran = await this.timed(`preview ${when}`, () => this.operator.preview());
    this.tally.check(`the preview is silent: ${when}`, silent(ran), ran.text);
  }

  async quietUp(when: string): Promise<number> {
    const before = [await this.written(), await this.dump()] as const;
    const ran = await this.timed(`up with nothing to do, ${when}`, () => this.operator.up());
    const after = [await this.written(), await this.dump()] as const;
    this.tally.check(
      `no write to the disk, nothing changed: ${when}`,
      JSON.stringify(before) === JSON.stringify(after),
      `${JSON.stringify(before[0])} ${JSON.stringify(after[0])}\n${diff(before[1], after[1])}`,
    );
    return ran.seconds;
  }

  /** @returns seconds until sshd of the next boot answers */
  async reboot(): Promise<number> {
    const { guest } = this.lab;
    const bootId = () => guest.exec("cat /proc/sys/kernel/random/boot_id");
    const id = await bootId();
    await guest.exec("(sleep 1; reboot) >/dev/null 2>&1 </dev/null &");
    const start = performance.now();
    for (;;) {
      await sleep(3000);
      await guest.answers();
      if ((await bootId()) !== id) return (performance.now() - start) / 1000;
    }
  }
}

const silent = ({ text }: Ran) =>
  /\d+ unchanged/.test(text) && !/to (create|update|delete|replace)|drift|missing:|unexpected:/.test(text);

const WHOLE = `set +e
for f in /etc/multiwan/boot /etc/multiwan/boot.prev; do
  [ -e $f ] || { echo "$f absent"; continue; }
  [ "$(tail -n 1 $f)" = "# cksum $(sed '$d' $f | cksum)" ] && echo "$f whole" || echo "$f TORN"
done
ls -a /etc/multiwan /etc/iproute2 2>/dev/null; true`;
