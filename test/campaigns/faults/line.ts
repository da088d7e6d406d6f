/**
 * A line that is slow, in a kernel that has no netem: a relay in the operator's namespace, 127.0.0.1:PORT to the router's
 * sshd, that keeps every byte back for a while. Standard input says for how many milliseconds each way.
 */
import net from "node:net";
import { createInterface } from "node:readline";
import type { Lab } from "../../lab/index.ts";

export interface Line {
  readonly port: number;
  delay(ms: number): void;
  /** From now on the end of one side is not passed on: a host that is dead says nothing. */
  leaveOpen(): void;
  close(): void;
}

const PORT = 2022;

export async function startLine(lab: Lab, ms = 0): Promise<Line> {
  const { host, port } = lab.router.ssh;
  const argv = [process.execPath, "--disable-warning=ExperimentalWarning", import.meta.filename, host, String(port)];
  const child = lab.inNamespace("operator", argv, { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin!.on("error", () => undefined);
  await new Promise((resolve, reject) => {
    child.stdout!.once("data", resolve);
    child.once("close", () => reject(new Error("the line is dead")));
  });
  const delay = (now: number) => void child.stdin!.write(`${now}\n`);
  delay(ms);
  const leaveOpen = () => void child.stdin!.write("open\n");
  return { port: PORT, delay, leaveOpen, close: () => void child.kill("SIGKILL") };
}

function relay(host: string, port: number): void {
  let delay = 0;
  let open = false;
  createInterface({ input: process.stdin })
    .on("line", (line) => {
      if (line === "open") open = true;
      else delay = Number(line);
    })
    .on("close", () => process.exit());
  // What was sent later is late as well: nothing overtakes, also where two timers of 99 and 100 ms change places.
  const late = () => {
    let last = 0;
    const waiting: (() => void)[] = [];
    return (work: () => void) => {
      last = Math.max(last, performance.now() + delay);
      waiting.push(work);
      setTimeout(() => waiting.shift()!(), Math.max(0, last - performance.now()));
    };
  };
  const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    const far = net.connect({ host, port, allowHalfOpen: true, noDelay: true });
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      const then = late();
      from.on("data", (bytes) => then(() => to.write(bytes)));
      from.on("end", () => open || then(() => to.end()));
      from.on("error", () => open || then(() => to.destroy()));
    }
  });
  server.listen(PORT, "127.0.0.1", () => console.log("ready"));
}

if (process.argv[1] === import.meta.filename) relay(process.argv[2]!, Number(process.argv[3]));
