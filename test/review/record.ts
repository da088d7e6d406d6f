/**
 * Records the previews of test/review/recorded anew, with the real CLI on routers of the lab, and writes the comments that `multiwan review`
 * makes of them, and the picture of one in docs. Needs root, and `pulumi` on PATH: `npm run reviews`. With `--comments` no preview is made.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Drive, drive, type Ran } from "../drive/index.ts";
import { start } from "../lab/command.ts";
import { type Lab, startLab } from "../lab/index.ts";
import { startSite } from "../lab/site.ts";
import { program } from "../rows/program.ts";
import { COMMENTS, commentFor, PICTURE, PICTURED, RECORDED } from "./comments.ts";
import { drawn } from "./draw.ts";
import { stripped } from "./strip.ts";

interface Site extends Record<string, unknown> {
  readonly links: Readonly<Record<string, object>>;
  readonly servers: Readonly<Record<string, unknown>>;
  readonly publish: readonly object[];
}

const scratch = mkdtempSync(join(tmpdir(), "multiwan-record-"));
const out = join(scratch, "out");
/** JSON comes on stdout; what else is said comes on stderr. */
const cli = ["sh", "-c", `exec pulumi "$@" > ${out}`, "pulumi"];

/** @param addresses of the recording machine, and what stands for them */
async function record(
  name: string,
  ran: Promise<Ran>,
  addresses: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { code, text } = await ran;
  const json = readFileSync(out, "utf8");
  if (json === "") throw new Error(`${name}: exit code ${code}\n${text}`);
  const named = Object.entries(addresses).reduce((text, [from, to]) => text.replaceAll(from, to), json);
  writeFileSync(new URL(`${name}.json`, RECORDED), stripped(named));
  process.stderr.write(`${name}: exit code ${code}\n`);
}

/** What plays on a router of its own. */
async function at(stackName: string, play: (lab: Lab, stack: Drive) => Promise<void>): Promise<void> {
  const lab = await startLab({ thirdIsp: true, defaultRoute: "default via 149.99.251.145 dev eth1" });
  await startSite(lab);
  const stack = drive(lab, { engine: "pulumi", stack: stackName, pulumi: cli });
  try {
    await play(lab, stack);
  } finally {
    await stack[Symbol.asyncDispose]();
    await lab.stop();
  }
}

async function applied(ran: Promise<Ran>): Promise<void> {
  const { code, text } = await ran;
  if (code !== 0) throw new Error(text + readFileSync(out, "utf8"));
}

async function headquarters(lab: Lab, stack: Drive): Promise<void> {
  const site = stack.site as unknown as Site;
  const { links, publish } = site;
  const preview = async (name: string, change: object = {}) => {
    stack.site = { ...site, ...change };
    await record(name, stack.preview("--json"));
  };
  const linkWith = (name: string, change: object) => ({ links: { ...links, [name]: { ...links[name], ...change } } });
  await preview("first-up");
  await applied(stack.up("--skip-preview"));
  await preview("nothing");
  const mail = { link: "wan_one", address: "123.234.1.14", server: "server3", tcp: [443] };
  await preview("service", { publish: [...publish, mail] });
  await preview("switch", { default: "wan_two" });
  const third = { id: 3, device: "eth4", gateway: "192.0.2.253", address: "198.18.3.10" };
  const web = { link: "wan_three", address: "198.18.3.11", server: "server2", tcp: [80] };
  await preview("third-link", { links: { ...links, wan_three: third }, publish: [...publish, web] });
  await preview("renumbered-mark", linkWith("wan_two", { mark: 8 }));
  await preview("refused", linkWith("wan_one", { gateway: "10.9.9.9" }));
  await lab.router.exec("ip rule add pref 700 iif eth0 lookup main");
  await preview("refused-by-proof", { publish: [...publish, mail] });
  await preview("lost-already", linkWith("wan_two", { aliases: ["216.111.1.20"] }));
  await lab.router.exec("ip rule del pref 700");
  await lab.router.exec("ip rule del pref 1025");
  await preview("drift");
  await record("destroy", stack.cli("destroy", "--preview-only", "--json", "--stack", stack.stack));
}

async function branch(_: Lab, stack: Drive): Promise<void> {
  const site = stack.site as unknown as Site;
  await applied(stack.up("--skip-preview"));
  const servers = { ...site.servers, server1: { address: "172.16.1.131", via: "wan_two" } };
  stack.site = { ...site, servers, publish: site.publish.slice(0, -1) };
  await record("branch", stack.preview("--json"));
}

/** One program with two routers. Both are reached by a port of this machine; in what is recorded each has an address. */
async function twoRouters(): Promise<void> {
  const options = { defaultRoute: "default via 149.99.251.145 dev eth1" };
  await using north = await startLab(options);
  await using south = await startLab(options);
  const of = async ({ tunnel, router: { ssh } }: Lab) => {
    const { host, port } = await tunnel();
    return { host, port, privateKeyFile: ssh.keyFile, hostKey: ssh.hostKey };
  };
  const [a, b] = [await of(north), await of(south)];
  using source = program(`import { Config } from "@pulumi/pulumi";
import { MultiWan, Router } from "pulumi-multiwan";
const { north, south } = new Config("multiwan").requireObject("site");
new MultiWan("north", north);
new MultiWan("south", south, { provider: new Router("south", ${JSON.stringify(b)}) });
`);
  const here = { ...north, inNamespace: (_: string, argv: readonly string[], more: object) => start(argv, more) };
  await using stack = drive(here as Lab, { engine: "pulumi", project: source.project, stack: "office", pulumi: cli });
  stack.router = a;
  const site = stack.site as unknown as Site;
  const withDefault = (link: string) => ({ ...site, default: link });
  stack.site = { north: withDefault("wan_one"), south: withDefault("wan_two") };
  await applied(stack.up("--skip-preview"));
  const publish = site.publish.slice(0, -1);
  stack.site = { north: withDefault("wan_two"), south: { ...withDefault("wan_one"), publish } };
  await record("two-routers", stack.preview("--json"), {
    [`${a.host}:${a.port}`]: "192.0.2.1",
    [`${b.host}:${b.port}`]: "192.0.2.2",
    // Of multiwan:router, which is text in the JSON.
    [`\\"host\\":\\"${a.host}\\"`]: '\\"host\\":\\"192.0.2.1\\"',
    [`\\"port\\":${a.port}`]: '\\"port\\":22',
  });
}

/** `--only` one of these. */
const PLAYS = {
  headquarters: () => at("headquarters", headquarters),
  branch: () => at("branch", branch),
  routers: twoRouters,
};

try {
  const only = process.argv[process.argv.indexOf("--only") + 1];
  for (const [name, play] of Object.entries(PLAYS))
    if (!process.argv.includes("--comments") && (!process.argv.includes("--only") || name === only)) await play();
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
for (const [name, previews] of Object.entries(COMMENTS))
  writeFileSync(new URL(`${name}.md`, RECORDED), commentFor(previews));
writeFileSync(PICTURE, drawn(commentFor(COMMENTS[PICTURED]!)));
