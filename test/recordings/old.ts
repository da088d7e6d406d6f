/**
 * What an older revision leaves: its own sources put a site on a router of their lab, and the provider as it is meets that router and that
 * state, which it destroys without an `up` before. test/any-router/old-state.test.ts has an `up` of such a state.
 */
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { labSite } from "../drive/index.ts";
import { directly, type Stored } from "../rows/direct.ts";
import { listen, taken } from "./recorder.ts";
import { type Run, type Tape, writeTape } from "./tape.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

interface Old {
  readonly name: string;
  readonly lab: object;
  readonly site: Readonly<Record<string, unknown>>;
}

const lab = labSite();
const { mask: _, adopt: __, ...rest } = lab;
/** No `up` among them. */
const DOES = ["preview", "refresh", "destroy"] as const;

const SITES: readonly Old[] = [
  {
    name: "the-write-up",
    lab: { foreign: false, defaultRoute: "default via 66.119.160.1 dev eth2" },
    site: lab,
  },
  {
    name: "reply-only",
    lab: { foreign: true, iptables: "legacy" },
    site: {
      ...{ ...rest, marking: "reply-only", persist: false, masquerade: false, forward: true },
      servers: { server1: { address: "172.16.1.131", via: "wan_two" }, server2: "172.16.1.130" },
      publish: [
        {
          link: "wan_one",
          address: "123.234.1.11",
          server: "server1",
          tcp: ["5000-5010", { port: 8080, to: 80 }],
          udp: [53],
        },
        { link: "wan_two", address: "216.111.1.11", server: "server2", tcp: [25] },
      ],
    },
  },
  {
    name: "numbers",
    lab: { foreign: false },
    site: {
      ...{ ...rest, mask: 0xff, hairpin: false, defaultMetric: 50, default: "wan_two" },
      links: {
        wan_one: {
          id: 3,
          device: "eth1",
          gateway: "149.99.251.145",
          table: 77,
          priority: 900,
          aliases: ["123.234.1.20"],
        },
        wan_two: { id: 5, device: "eth2", gateway: "66.119.160.1", address: "216.111.1.10" },
      },
    },
  },
];

/** For the sources of that revision: an `up` in a lab of theirs, then the lab stays until the end of the input. */
const THEIRS = `import { startLab } from "./lab/index.ts";
import { direct } from "./rows/direct.ts";
const { lab: options, site } = JSON.parse(process.argv[2]);
const lab = await startLab(options);
const dump = async () => console.log(JSON.stringify({ dump: await lab.router.dump() }));
try {
  await dump();
  const stack = await direct(lab);
  stack.site = site;
  const ran = await stack.up();
  if (ran.code !== 0) throw new Error(ran.text);
  console.log(JSON.stringify({ state: [...stack.state.values()], router: stack.router }));
  for await (const _ of process.stdin) await dump();
} finally {
  await lab.stop();
}
process.exit();
`;

export async function recordOld(revision: string, out: string): Promise<void> {
  listen();
  const folder = mkdtempSync(join(tmpdir(), "multiwan-old-"));
  const tree = join(folder, "tree");
  const git = (...argv: string[]) => spawnSync("git", argv, { cwd: ROOT, stdio: "inherit" });
  git("worktree", "add", "-q", "--detach", tree, revision);
  try {
    symlinkSync(join(ROOT, "node_modules"), join(tree, "node_modules"));
    const driver = join(tree, "test/rows/direct.ts");
    writeFileSync(driver, readFileSync(driver, "utf8").replace("site: labSite(),", "state,\n    site: labSite(),"));
    writeFileSync(join(tree, "test/theirs.ts"), THEIRS);
    for (const old of SITES) {
      writeTape(out, await recorded(tree, old, revision));
      console.log(old.name);
    }
  } finally {
    git("worktree", "remove", "--force", tree);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function recorded(tree: string, { name, lab, site }: Old, revision: string): Promise<Tape> {
  const argv = ["--disable-warning=ExperimentalWarning", "test/theirs.ts", JSON.stringify({ lab, site })];
  const theirs = spawn(process.execPath, argv, { cwd: tree, stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: theirs.stdout })[Symbol.asyncIterator]();
  const next = async <T>() => JSON.parse(String((await lines.next()).value)) as T;
  const before = await next<{ dump: string }>();
  const { state, router } = await next<{ state: Stored[]; router: Record<string, unknown> }>();
  // Without an order among them all go in one transaction.
  const kept = state.map(({ kind, name, id, outs }): Stored => ({ kind, name, id, outs, args: {}, dependsOn: [] }));
  const stack = directly({ ...router, confirmTimeout: 60 });
  Object.assign(stack, { site, state: new Map(kept.map((one) => [one.name, one])), inOrder: false });
  const runs: Run[] = [];
  for (const one of DOES) {
    const ran = await stack[one]();
    if (ran && ran.code !== 0) throw new Error(`${name}: ${ran.text}`);
    runs.push({ name: one, does: one, stack: stack.stack, site: 0, ...taken() });
  }
  theirs.stdin.write("dump\n");
  const { dump } = await next<{ dump: string }>();
  if (dump !== before.dump) throw new Error(`${name}: not as before\n${before.dump}\n--- now\n${dump}`);
  theirs.stdin.end();
  await new Promise((resolve) => theirs.once("close", resolve));
  const { host, port } = router;
  return {
    ...{ name, about: { revision }, settings: { host, port, confirmTimeout: 60 } },
    ...{ sites: [site], others: {}, inOrder: false, state: kept, runs },
  };
}
