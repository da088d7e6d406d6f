/** `--keep`: how to look around while the lab is up. */
import { createInterface } from "node:readline/promises";
import type { Lab } from "../../test/lab/index.ts";
import { heading, say } from "./screen.ts";

export async function lookAround({ operatorNs, router: { ssh } }: Lab, stop: () => void): Promise<void> {
  heading("Look around");
  const login = `ssh -F none -o UserKnownHostsFile=${ssh.knownHostsFile} -i ${ssh.keyFile} ${ssh.user}@${ssh.host}`;
  say(`From another terminal, on the router:\n\n  nsenter --net=/run/netns/${operatorNs} ${login}\n`);
  say("  ip rule show\n  ip route show table wan_one\n  iptables -t mangle -L -n -v --line-numbers\n");
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  lines.once("SIGINT", stop);
  await lines.question("Enter goes on with destroy. ").catch(() => undefined);
  lines.close();
}
