/** The steps of the demo, in order. Each ends in checks. */
import type { Drive } from "../../test/drive/index.ts";
import { INTERNET, type Lab } from "../../test/lab/index.ts";
import { difference, lineCount } from "./compare.ts";
import { DOORS, HAIRPIN, outgoing, ROUTER, type Seen, show, shut, tryAll, tryOne } from "./connections.ts";
import { PICTURE } from "./picture.ts";
import type { Pulumi } from "./pulumi.ts";
import { CARRIES, type DemoRouter } from "./routers.ts";
import { check, command, heading, say } from "./screen.ts";

export interface Demo {
  readonly lab: Lab;
  readonly router: DemoRouter;
  readonly drive: Drive;
  readonly pulumi: Pulumi;
}

const tally = (seen: readonly Seen[]) => `${seen.filter(({ asExpected }) => asExpected).length} of ${seen.length}`;
const allRight = (seen: readonly Seen[]) => seen.every(({ asExpected }) => asExpected);

/** What Pulumi says last of all it did: "11 created". */
const summaryOf = (text: string) => {
  const [last = ""] = text.split("Resources:\n").slice(-1);
  return (last.split(/\n\n/)[0] ?? "")
    .trim()
    .split(/\s*\n\s*/)
    .join(", ");
};

/** Answers the dump of the router before anything of ours was there. */
export async function before({ lab, router }: Demo): Promise<string> {
  heading("A router with two ISPs");
  say(PICTURE);
  say(`${CARRIES[router]} No link, no published service:`);
  command("ip rule show; ip route show default", "router");
  say((await lab.router.exec("ip rule show; ip route show default")).trimEnd());
  const dump = await lab.router.dump();
  const answered = (await tryAll(lab, DOORS)).filter(({ completed }) => completed).length;
  check("no door answers yet", answered === 0, `${answered} of ${DOORS.length} answer`);
  say(`Full dump taken: ${lineCount(dump)} lines of addresses, rules, routes, iptables, nft, sysctls and files.`);
  return dump;
}

export async function firstPreview({ lab, pulumi }: Demo): Promise<void> {
  heading("What would happen");
  const logins = await lab.router.handshakes();
  const watch = await lab.router.watchWrites();
  const { code } = await pulumi("preview", "--diff");
  const writes = await watch.stop();
  const used = (await lab.router.handshakes()) - logins;
  check(
    "preview works and writes nothing",
    code === 0 && writes.length === 0,
    `${writes.length} writes, ${used} login`,
  );
}

export async function firstUp({ lab, pulumi }: Demo): Promise<void> {
  heading("The site goes on the router");
  const logins = await lab.router.handshakes();
  const { code, text } = await pulumi("up");
  const used = (await lab.router.handshakes()) - logins;
  check("up works", code === 0, `${summaryOf(text)}, ${used} logins`);
  heading("Real connections; the ISPs tell which way each direction went");
  const seen = await tryAll(lab, [...DOORS, ...ROUTER, ...outgoing("isp1"), HAIRPIN]);
  show(seen);
  check("each reply leaves by the ISP its connection came in on", allRight(seen), tally(seen));
}

export async function deadIsp({ lab }: Demo): Promise<void> {
  heading("ISP 1 dies");
  const [one, two] = [DOORS[0]!, DOORS[4]!];
  await lab.killIsp("isp1");
  const dead = await tryAll(lab, [shut(one), two]);
  show(dead);
  check("door 1 is shut, door 2 to the same server works", allRight(dead), tally(dead));
  await lab.reviveIsp("isp1");
  const back = await tryAll(lab, [one, two]);
  check("ISP 1 is back, both doors work", allRight(back), tally(back));
}

export async function manualSwitch({ lab, drive, pulumi }: Demo): Promise<void> {
  heading("The manual switch: one word in the stack file");
  await using inward = await lab.connect({ from: "internet", to: DOORS[0]!.to, port: DOORS[0]!.port, hold: true });
  await using outward = await lab.connect({ from: "lanhost", to: INTERNET.web, port: 80, hold: true });
  say("Two connections are open by ISP 1: a client at door 123.234.1.11:1494, and lanhost at the web server.");
  command("pulumi config set --path multiwan:site.default wan_two");
  drive.site.default = "wan_two";
  const { code, text } = await pulumi("up");
  check("the switch is one update", code === 0 && /~ 1 updated/.test(text), summaryOf(text));
  for (const [name, held] of [["the client's", inward] as const, ["lanhost's", outward] as const]) {
    const alive = await held.echo().then(
      () => true,
      () => false,
    );
    const { inbound, outbound } = await held.paths();
    const stayed = inbound === "isp1" && outbound === "isp1";
    check(`${name} open connection lives on by ISP 1`, alive && stayed, `in ${inbound}, out ${outbound}`);
  }
  const seen = await tryAll(lab, [...outgoing("isp2"), ...DOORS]);
  show(seen);
  check("new connections from inside leave by ISP 2, doors as before", allRight(seen), tally(seen));
}

export async function secondUp({ lab, pulumi }: Demo): Promise<void> {
  heading("A second up changes nothing");
  const counters = await lab.router.counters();
  const watch = await lab.router.watchWrites();
  const { code, text } = await pulumi("up");
  const writes = await watch.stop();
  const later = await lab.router.counters();
  const reset = Object.entries(counters).filter(([rule, { packets }]) => (later[rule]?.packets ?? -1) < packets);
  check("up finds nothing to do", code === 0 && /^ +\d+ unchanged\n\n/m.test(text), summaryOf(text));
  const detail = `${writes.length} writes, ${reset.length} of ${Object.keys(counters).length} rule counters reset`;
  check("the kernel announces no write", writes.length === 0 && reset.length === 0, detail);
}

export async function drift({ lab, pulumi }: Demo): Promise<void> {
  heading("Somebody deletes a rule by hand");
  const rule = "1024: from all fwmark 0x1 lookup wan_one";
  command("ip rule del pref 1024", "router");
  await lab.router.exec("ip rule del pref 1024");
  const { text } = await pulumi("preview");
  check("the next preview shows it as a line", text.includes(`missing: ${rule}`), `missing: ${rule}`);
  const { code, text: mended } = await pulumi("up");
  command("ip rule show", "router");
  const rules = (await lab.router.exec("ip rule show")).trimEnd();
  say(rules);
  check("the next up mends it", code === 0 && rules.replaceAll("\t", " ").includes(rule), summaryOf(mended));
  const door = await tryOne(lab, DOORS[0]!);
  check("and door 1 works", door.asExpected, door.answer);
}

export async function destroy({ lab, pulumi }: Demo, dump: string): Promise<void> {
  heading("Destroy leaves the router as it was found");
  const { code } = await pulumi("destroy");
  const changes = difference(dump, await lab.router.dump());
  if (changes !== "") say(changes);
  const detail = changes === "" ? `${lineCount(dump)} lines compared, all equal` : "see the difference above";
  check("the full dump equals the one from before", code === 0 && changes === "", detail);
}
