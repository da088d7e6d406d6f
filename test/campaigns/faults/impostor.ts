/**
 * What a new connection from the operator's host may get instead of the router, while the old ones go on: a refusal, a machine that
 * says nothing, or another SSH server of the same build. It runs in the operator's namespace; argument: the port it listens on.
 */
import { generateKeyPairSync } from "node:crypto";
import net from "node:net";
import type { Lab } from "../../lab/index.ts";

export const INSTEAD = ["a refusal", "silence", "another SSH server of the same build"] as const;
export type Instead = (typeof INSTEAD)[number];

const PORT = 2023;
const NEW = ["-d", "192.168.99.1", "-p", "tcp", "--dport", "22", "--syn"];

/** From now on, until it is called off. */
export async function divert(lab: Lab, instead: Instead): Promise<() => Promise<void>> {
  const rule =
    instead === "a refusal"
      ? ["OUTPUT", ...NEW, "-j", "REJECT", "--reject-with", "tcp-reset"]
      : ["OUTPUT", "-t", "nat", ...NEW, "-j", "REDIRECT", "--to-ports", `${PORT}`];
  const iptables = async (how: "-I" | "-D") => {
    const { code, stderr } = await lab.run("operator", ["iptables-nft", how, ...rule]);
    if (code !== 0) throw new Error(stderr);
  };
  let stop = () => {};
  if (instead !== "a refusal") {
    const argv = [process.execPath, "--disable-warning=ExperimentalWarning", import.meta.filename, instead];
    const child = lab.inNamespace("operator", argv, { stdio: ["ignore", "pipe", "inherit"] });
    await new Promise((resolve, reject) => {
      child.stdout!.once("data", resolve);
      child.once("close", () => reject(new Error("the other server is dead")));
    });
    stop = () => void child.kill("SIGKILL");
  }
  await iptables("-I");
  return async () => {
    await iptables("-D");
    stop();
  };
}

async function answer(instead: Instead): Promise<void> {
  const ready = () => console.log("ready");
  if (instead === "silence") return void net.createServer(() => undefined).listen(PORT, ready);
  const { default: ssh2 } = await import("ssh2");
  const greeting = await greetingOfRouter();
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const { private: ed25519 } = ssh2.utils.generateKeyPairSync("ed25519");
  const hostKeys = [ed25519, privateKey.export({ type: "pkcs1", format: "pem" }).toString()];
  new ssh2.Server({ hostKeys, ident: greeting.replace(/^SSH-2\.0-/, "") }, (client) =>
    client.on("error", () => undefined),
  ).listen(PORT, "0.0.0.0", ready);
}

/** A machine with the same sshd greets with the same words. */
function greetingOfRouter(): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(22, "192.168.99.1");
    socket.on("error", reject).on("data", (data) => {
      socket.destroy();
      resolve(String(data).split(/\r?\n/)[0]!);
    });
  });
}

if (process.argv[1] === import.meta.filename) await answer(process.argv[2] as Instead);
