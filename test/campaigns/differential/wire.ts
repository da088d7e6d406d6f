/** A router's namespace with the world around it, driven by wire.py. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

export type Variant = "legacy" | "nft";

export const DEVICES = ["eth0", "eth1", "eth2", "eth3", "eth4"] as const;
export type DeviceName = (typeof DEVICES)[number];

/** Ports on which the router has services of its own, TCP and UDP. */
export const OWN_PORTS = [22, 25, 53, 80, 443, 1494, 8080];

/** A packet that left by a device of the router, or that was delivered to the router itself (without Ethernet header). */
export type Event = { readonly device: DeviceName | undefined; readonly bytes: Buffer };

const debian = "/usr/bin/python3";
const PYTHON = existsSync(debian) ? debian : "python3";

/** `iptables` is the variant asked for, as a router's own administrator has chosen it; only files in /run are written. */
const SETUP = `
set -e
mount -t tmpfs -o mode=755 none /run
mkdir /run/bin
for name in iptables iptables-save iptables-restore; do
  ln -s "$(command -v xtables-$1-multi)" /run/bin/$name
done
sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip link set lo up
for name in ${DEVICES.join(" ")}; do
  world=w\${name#eth}
  ip link add $name type veth peer name $world
  ip link set $name address 02:00:ee:00:00:0\${name#eth}
  ip link set $world arp off address 02:00:dd:00:00:0\${name#eth}
  ip link set $name up
  ip link set $world up
done
sysctl -qw net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.default.send_redirects=0 net.ipv4.icmp_ratelimit=0 \\
  net.ipv4.tcp_max_syn_backlog=4096 net.core.somaxconn=4096
for name in ${DEVICES.join(" ")}; do sysctl -qw net.ipv4.conf.$name.send_redirects=0; done
shift
exec "$@"
`;

export class Wire {
  private readonly child: ChildProcess;
  private events: Event[] = [];
  private waiting: { resolve: (events: Event[]) => void; reject: (error: Error) => void } | undefined;
  private complaint = "";
  private hand: ChildProcess | undefined;
  private scripts = 0;

  private constructor(child: ChildProcess) {
    this.child = child;
    createInterface({ input: child.stdout! }).on("line", (line) => this.heard(line));
    child.stderr!.setEncoding("utf8").on("data", (chunk: string) => {
      this.complaint += chunk;
    });
    child.stdin!.on("error", () => undefined);
    child.on("close", () => this.waiting?.reject(new Error(`the helper has ended: ${this.complaint}`)));
  }

  /** The namespace ends with its only process, and that with its standard input: nothing stays behind. */
  static async start(variant: Variant): Promise<Wire> {
    const helper = [PYTHON, "-S", join(import.meta.dirname, "wire.py"), OWN_PORTS.join(",")];
    const argv = ["-n", "-m", "sh", "-c", SETUP, "setup", variant, ...helper, ...DEVICES.map(world)];
    const child = spawn("unshare", argv, {
      stdio: "pipe",
      env: { ...process.env, LC_ALL: "C", PATH: `${SYSTEM_PATH}` },
    });
    const wire = new Wire(child);
    await wire.done();
    return wire;
  }

  /** Runs a script inside, in a subshell of one shell that stays, with `iptables` of the chosen variant; what it says, errors too. */
  async shell(script: string): Promise<string> {
    this.hand ??= this.openShell();
    const { hand } = this;
    const end = `@@end${this.scripts++}`;
    const said = new Promise<string>((resolve, reject) => {
      let text = "";
      const hear = (chunk: string) => {
        text += chunk;
        const match = new RegExp(`\\n${end} (\\d+)\\n$`).exec(text);
        if (!match) return;
        hand.stdout!.off("data", hear);
        if (match[1] === "0") resolve(text.slice(0, match.index));
        else reject(new Error(`the script ends with ${match[1]}: ${text.slice(-2000)}\n${script}`));
      };
      hand.stdout!.on("data", hear);
    });
    hand.stdin!.write(`(\n${script}\n) 2>&1\nprintf '\\n%s %s\\n' ${end} $?\n`);
    return said;
  }

  private openShell(): ChildProcess {
    const inside = ["-t", String(this.child.pid), "-n", "-m", "sh", "-s"];
    const hand = spawn("nsenter", inside, { stdio: "pipe", env: { LC_ALL: "C", PATH: `/run/bin:${SYSTEM_PATH}` } });
    hand.stdout.setEncoding("utf8");
    hand.stdin.on("error", () => undefined);
    return hand;
  }

  send(device: DeviceName, frame: Buffer): void {
    this.child.stdin!.write(`send ${world(device)} ${frame.toString("hex")}\n`);
  }

  /** What has come out of the router until nothing has moved for that long. */
  wait(milliseconds: number): Promise<Event[]> {
    this.child.stdin!.write(`wait ${milliseconds}\n`);
    return this.done();
  }

  /** The router's own services begin anew, and forget open connections. */
  async listen(): Promise<void> {
    this.child.stdin!.write("listen\n");
    await this.done();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.waiting = undefined;
    const ended = new Promise((resolve) => this.child.once("close", resolve));
    this.hand?.stdin?.end();
    this.child.stdin!.end();
    await ended;
  }

  private done(): Promise<Event[]> {
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
    });
  }

  private heard(line: string): void {
    const [what, ...words] = line.split(" ");
    if (what === "done") {
      const { events, waiting } = this;
      this.events = [];
      this.waiting = undefined;
      waiting?.resolve(events);
    } else if (what === "fault") this.waiting?.reject(new Error(`a frame could not be sent: ${words.join(" ")}`));
    else
      this.events.push({
        device: what === "out" ? (words[0] as DeviceName) : undefined,
        bytes: Buffer.from(words.at(-1)!, "hex"),
      });
  }
}

const SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

function world(device: DeviceName): string {
  return device.replace("eth", "w");
}

/** The hardware address of a device of the router. */
export function hardware(device: DeviceName): Buffer {
  return Buffer.from([2, 0, 0xee, 0, 0, Number(device.slice(3))]);
}
