/** A server inside that runs the same build of sshd as the router and takes the operator's key: its host key alone differs. */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Lab } from "../lab/index.ts";

export interface OtherSshd {
  /** `SHA256:...`, as `ssh-keygen -l` prints it. */
  readonly hostKey: string;
}

/** It listens on port 22 of `host` and ends with the lab. */
export async function startOtherSshd(lab: Lab, host: "server1" | "server2" | "server3"): Promise<OtherSshd> {
  const dir = join(lab.router.dir, `sshd-${host}`);
  mkdirSync(dir, { mode: 0o711 });
  mkdirSync("/run/sshd", { recursive: true });
  const key = join(dir, "host_ed25519");
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", host, "-f", key]);
  const config = [
    "Port 22",
    `HostKey ${key}`,
    `AuthorizedKeysFile ${lab.router.ssh.keyFile}.pub`,
    "StrictModes no",
    "UsePAM no",
    "PidFile none",
  ];
  writeFileSync(join(dir, "config"), `${config.join("\n")}\n`);
  const sshd = lab.inNamespace(host, ["/usr/sbin/sshd", "-D", "-e", "-f", join(dir, "config")], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let log = "";
  await new Promise<void>((resolve, reject) => {
    sshd.stderr!.on("data", (chunk: Buffer) => {
      log += chunk.toString();
      if (log.includes("Server listening")) resolve();
    });
    sshd.once("exit", () => reject(new Error(`no sshd on ${host}: ${log}`)));
  });
  return { hostKey: fingerprintOf(`${key}.pub`) };
}

function fingerprintOf(file: string): string {
  const line = execFileSync("ssh-keygen", ["-lf", file], { encoding: "utf8" });
  return line.split(" ")[1]!;
}
