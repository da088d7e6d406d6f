/** A storm of new connections over a router that is changed again and again, and what became of each of them. */
import { setTimeout as sleep } from "node:timers/promises";
import { INTERNET, type LabOptions, startLab } from "../../lab/index.ts";
import { DEFAULT_ISP1 } from "../../lab/recipe.ts";
import { startSite } from "../../lab/site.ts";
import { direct } from "../../rows/direct.ts";
import { editByHand, typeByHand } from "./by-hand.ts";
import { CHANGES, type Change, door } from "./changes.ts";
import { type Away, type Home, type Judged, judge } from "./judge.ts";
import { type Running, traffic } from "./traffic.ts";
import type { Target } from "./wire.ts";

export interface CampaignOptions {
  readonly lab: LabOptions;
  readonly applies: number;
  /** New connections a second on each link's steady door. */
  readonly perSecond: number;
  readonly changes?: readonly Change[];
  readonly marking?: "every-packet" | "reply-only";
  readonly say?: (line: string) => void;
}

export interface Outcome {
  readonly judged: readonly Judged[];
  readonly applies: number;
  /** Connections that were opened before a change and spoke until the end. */
  readonly held: number;
  /** Those of them that died, and after which change. */
  readonly lost: readonly string[];
}

/** The clients, one address for each target, so that address and port name a connection. */
const CLIENTS = { one: INTERNET.client, two: INTERNET.client2, moving: "203.0.113.21" } as const;
const HOMES: Readonly<Record<string, Home>> = {
  one: "isp1",
  two: "isp2",
  moving: "isp2",
  outgoing: { server: `${INTERNET.web}:80` },
};
const DOORS = {
  one: { to: "123.234.1.11", port: 1494, source: CLIENTS.one },
  two: { to: "216.111.1.11", port: 1494, source: CLIENTS.two },
  moving: { to: "216.111.1.12", port: 80, source: CLIENTS.moving },
} as const;
const WEB = { to: INTERNET.web, port: 80 } as const;

/** Ours: each change is a preview and an update, as `pulumi up` does them. */
export async function storm(options: CampaignOptions): Promise<Outcome> {
  const { applies, perSecond, changes = CHANGES, marking = "every-packet", say = () => undefined } = options;
  await using lab = await startLab({ thirdIsp: true, ...options.lab });
  await using stack = await direct(lab);
  stack.site = door({ ...stack.site, marking });
  const up = async (name: string) => {
    const { code, text } = await stack.up();
    if (code !== 0) throw new Error(`${name}: ${text}`);
  };
  const targets = (["one", "two", "moving"] as const).map((name) => ({
    ...{ name, ...DOORS[name], perSecond: name === "moving" ? Math.ceil(perSecond / 10) : perSecond },
  }));
  const away: Away[] = [];
  let closed: number | undefined;
  return await play(lab, targets, {
    begin: () => up("the first up"),
    applies,
    perSecond,
    away: (now) => [...away, ...(closed === undefined ? [] : [{ target: "moving", from: closed, to: now }])],
    apply: async (i, now) => {
      const change = changes[i % changes.length]!;
      stack.site = change.of(stack.site);
      if (change.name === "a door less") closed ??= now();
      await up(change.name);
      if (change.name === "a door more" && closed !== undefined) {
        away.push({ target: "moving", from: closed, to: now() });
        closed = undefined;
      }
      say(`${i + 1}/${applies} ${change.name}`);
      return change.name;
    },
  });
}

/** The control: the same traffic over the same router typed and edited by hand. */
export async function stormByHand({ lab: kind, applies, perSecond }: CampaignOptions): Promise<Outcome> {
  await using lab = await startLab({ ...kind, defaultRoute: DEFAULT_ISP1 });
  const targets = (["one", "two"] as const).map((name) => ({ name, ...DOORS[name], perSecond }));
  return await play(lab, targets, {
    begin: () => typeByHand(lab),
    applies,
    perSecond,
    apply: async () => {
      await sleep(500);
      await editByHand(lab);
      return "typed again";
    },
  });
}

interface Play {
  begin(): Promise<void>;
  readonly applies: number;
  readonly perSecond: number;
  /** `now` in milliseconds since the storm began. */
  apply(i: number, now: () => number): Promise<string>;
  away?(now: number): readonly Away[];
}

async function play(
  lab: Awaited<ReturnType<typeof startLab>>,
  targets: readonly Target[],
  run: Play,
): Promise<Outcome> {
  await startSite(lab);
  await lab.run("internet", ["ip", "address", "add", `${CLIENTS.moving}/32`, "dev", "lo"]);
  await run.begin();
  using outside = traffic(lab, "internet");
  using inside = traffic(lab, "lanhost");
  const held = new Map<Running, string>();
  const lost: string[] = [];
  let opened = 0;
  const gentle = { bytes: 64, everyMs: 250 };
  /** One more connection through each door and one from inside, to be held to the end. */
  const hold = async (when: string) => {
    const doors = ["one", "two"] as const;
    const streams = [
      ...doors.map((name) => [name, outside.stream({ ...DOORS[name], ...gentle })] as const),
      ["outgoing", inside.stream({ ...WEB, ...gentle })] as const,
    ];
    for (const [name, stream] of streams) {
      held.set(await stream, `${name}, opened before "${when}"`);
      opened++;
    }
  };
  const look = async (after: string) => {
    const dead = await Promise.all(
      [...held].map(async ([stream, name]) => {
        const why = await stream.alive().catch((error: Error) => error.message);
        return why ? [stream, `${name}, after "${after}": ${why}`] : undefined;
      }),
    );
    for (const one of dead) {
      if (!one) continue;
      lost.push(one[1] as string);
      held.delete(one[0] as Running);
    }
  };
  const began = performance.now();
  const now = () => performance.now() - began;
  const stopOutside = await outside.storm(targets);
  const stopInside = await inside.storm([{ name: "outgoing", ...WEB, perSecond: Math.ceil(run.perSecond / 4) }]);
  let before = "the first change";
  for (let i = 0; i < run.applies; i++) {
    await hold(before);
    before = await run.apply(i, now);
    await look(before);
  }
  const away = run.away?.(now()) ?? [];
  const attempts = [...(await stopOutside()), ...(await stopInside())];
  for (const [stream, name] of held) {
    const { sent, received, sentSum, receivedSum, fault } = await stream.end();
    if (fault || sentSum !== receivedSum) lost.push(`${name}: ${fault ?? `${received} of ${sent} bytes`}`);
  }
  return { judged: judge(attempts, await lab.flows(), HOMES, away), applies: run.applies, held: opened, lost };
}
