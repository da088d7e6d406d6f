/** Does the router do what the job asked for? With real connections, and a dump against the one from before the first job. */
import { INTERNET, type Lab } from "../../lab/index.ts";
import { EXTRA, JOBS, type Job } from "./site.ts";

/** What is wrong; nothing where all is well. */
export async function faults(lab: Lab, job: Job, found: string): Promise<string[]> {
  if (job === "away") {
    const [before, after] = [found.split("\n"), (await lab.router.dump()).split("\n")];
    const missing = (from: readonly string[], to: readonly string[]) => from.filter((line) => !to.includes(line));
    const [more, fewer] = [missing(after, before), missing(before, after)];
    return more.length + fewer.length > 0
      ? [
          `the router is not as found: ${more.length} lines more, ${fewer.length} fewer, such as ${[...more, ...fewer][0]}`,
        ]
      : [];
  }
  const { wanted } = JOBS[job];
  const said: string[] = [];
  const through = async (
    name: string,
    to: string,
    port: number,
    isp: string,
    from: "internet" | "server1" = "internet",
  ) => {
    const probe = await lab.connect({ from, to, port, timeoutMs: 3000 });
    const ways = `in by ${probe.inbound ?? "none"}, out by ${probe.outbound ?? "none"}`;
    const right = from === "server1" ? probe.outbound === isp : probe.inbound === isp && probe.outbound === isp;
    if (!probe.completed || !right) said.push(`${name}: ${ways}${probe.completed ? "" : ", no answer"}`);
  };
  await through("door of ISP 1", "123.234.1.11", 1494, "isp1");
  await through("door of ISP 2", "216.111.1.11", 1494, "isp2");
  await through("server1 to the web", INTERNET.web, 80, wanted.default === "wan_one" ? "isp1" : "isp2", "server1");
  if (wanted.extraDoor) await through("the new door", EXTRA.address, 80, "isp2");
  if (!/fwmark 0x1\S* lookup wan_one/.test(await lab.router.exec("ip rule show")))
    said.push("the lost rule is still lost");
  return said;
}
