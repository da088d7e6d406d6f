/** Takes values away from a router for as long as it fails in the same way. */
import { DIMENSIONS, plainRouter } from "../routers/draw.ts";
import type { RandomRouter } from "../routers/value.ts";
import type { Life, Outcome } from "./life.ts";

export async function shrink(
  life: Life,
  failed: Outcome & { kind: "failed" },
  play: (life: Life) => Promise<Outcome>,
): Promise<{ small: Life; tries: number }> {
  let small = life;
  let tries = 0;
  const alike = (outcome: Outcome) =>
    outcome.kind === "failed" && outcome.verdict === failed.verdict && gist(outcome.text) === gist(failed.text);
  const attempt = async (next: Life): Promise<boolean> => {
    tries++;
    if (!alike(await play(next))) return false;
    small = next;
    return true;
  };
  const usual = plainRouter();
  const half = (dimensions: readonly string[]): RandomRouter =>
    Object.fromEntries(
      Object.entries(small.router).map(([name, values]) => [name, dimensions.includes(name) ? usual[name]! : values]),
    );
  const names = DIMENSIONS.map(({ name }) => name).filter((name) => String(small.router[name]) !== String(usual[name]));
  const drop = async (some: readonly string[]): Promise<void> => {
    if (some.length === 0 || (await attempt({ ...small, router: half(some) })) || some.length === 1) return;
    const middle = Math.ceil(some.length / 2);
    await drop(some.slice(0, middle));
    await drop(some.slice(middle));
  };
  await drop(names);
  for (const name of DIMENSIONS.map((dimension) => dimension.name))
    for (const value of small.router[name] ?? []) {
      const rest = small.router[name]!.filter((one) => one !== value);
      if (rest.length >= (usual[name]?.length ?? 0))
        await attempt({ ...small, router: { ...small.router, [name]: rest } });
    }
  await attempt({ ...small, changed: small.site });
  return { small, tries };
}

/** Two failures are alike if their first words are, numbers aside. */
const gist = (text: string): string =>
  text
    .split("\n")
    .slice(0, 2)
    .join(" ")
    .replace(/[\d.]+/g, "N")
    .slice(0, 60);
