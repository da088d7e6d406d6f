/** A lab to keep and to log in to: `node test/lab/cli.ts [legacy|nft] [busybox]`, then type `help`. */
import { createInterface } from "node:readline";
import { type Host, type Isp, type Lab, startLab } from "./index.ts";
import { DEFAULT_ISP1 } from "./recipe.ts";
import { startSite } from "./site.ts";

const HELP = `exec COMMAND             run a command on the router
probe HOST ADDRESS PORT [tcp|udp]
                         connect and tell which ISP each direction used
kill isp1|isp2, revive isp1|isp2, flap eth1|eth2
dump                     everything about the router
ssh                      the command that logs in from another terminal
down                     end the lab (so do ctrl-c and end of input)`;

const obey = async (lab: Lab, line: string): Promise<string> => {
  const [verb = "", ...args] = line.trim().split(/\s+/);
  switch (verb) {
    case "":
      return "";
    case "exec":
      return lab.router.exec(line.trim().slice(verb.length));
    case "probe": {
      const [from = "internet", to = "", port = "", proto = "tcp"] = args;
      return describe(await lab.connect({ from: from as Host, to, port: Number(port), proto: proto as "tcp" | "udp" }));
    }
    case "kill":
      return lab.killIsp(args[0] as Isp).then(() => "");
    case "revive":
      return lab.reviveIsp(args[0] as Isp).then(() => "");
    case "flap":
      return lab.flapLink(args[0] ?? "").then(() => "");
    case "dump":
      return lab.router.dump();
    case "ssh":
      return sshLine(lab);
    default:
      return HELP;
  }
};

const describe = (probe: Awaited<ReturnType<Lab["connect"]>>): string => {
  const { completed, banner, peer, inbound, outbound, dropped, error } = probe;
  const result = completed ? `answered by ${banner}, which sees ${peer}` : `not completed: ${error}`;
  const lost = dropped.length > 0 ? `, dropped as foreign by ${dropped.join(", ")}` : "";
  return `${result}; inbound ${inbound}, outbound ${outbound}${lost}`;
};

const sshLine = ({ operatorNs, router: { ssh } }: Lab): string =>
  `nsenter --net=/run/netns/${operatorNs} ssh -F none -o UserKnownHostsFile=${ssh.knownHostsFile} -i ${ssh.keyFile} ${ssh.user}@${ssh.host}`;

const main = async (words: readonly string[]): Promise<void> => {
  const iptables = words.includes("legacy") ? "legacy" : "nft";
  await using lab = await startLab({ iptables, busybox: words.includes("busybox"), defaultRoute: DEFAULT_ISP1 });
  await startSite(lab);
  console.log(`${lab.id} is up; keys and logs in ${lab.router.dir}\n${sshLine(lab)}`);
  const input = createInterface({ input: process.stdin, output: process.stdout, terminal: process.stdin.isTTY });
  let ended = false;
  input
    .on("SIGINT", () => input.close())
    .on("close", () => {
      ended = true;
    });
  input.prompt();
  for await (const line of input) {
    if (["down", "quit", "exit"].includes(line.trim())) break;
    const answer = await obey(lab, line).catch((error: Error) => error.message);
    if (answer !== "") console.log(answer.trimEnd());
    if (!ended) input.prompt();
  }
};

// The default reaction to these signals would end us without giving the lab back.
for (const signal of ["SIGTERM", "SIGHUP"] as const) process.on(signal, () => process.exit(1));
await main(process.argv.slice(2));
