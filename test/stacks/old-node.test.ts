import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "@jest/globals";
import pulumi from "@pulumi/pulumi";

const entry = join(import.meta.dirname, "../../stacks/index.js");
const version = process.versions.node;

afterEach(() => pretend(version));

function pretend(node: string): void {
  Object.defineProperty(process, "versions", { value: { ...process.versions, node }, configurable: true });
}

test("a Node that is too old is refused in one sentence, before any TypeScript is loaded", async () => {
  const { default: program } = (await import(entry)) as { default: () => Promise<unknown> };
  pretend("20.20.2");
  const refusal = await program().catch((error: unknown) => error);
  expect(pulumi.RunError.isInstance(refusal)).toBe(true);
  expect((refusal as Error).message).toBe(
    "pulumi-multiwan needs Node 22.18 or newer, and this is Node 20.20.2: run it as `npm run` does, or put a newer node first on PATH.",
  );
});

test("the entry imports nothing that an old Node cannot load", () => {
  const imports = [...readFileSync(entry, "utf8").matchAll(/^import .* from "(.*)";$/gm)].map(([, from]) => from);
  expect(imports).toEqual(["@pulumi/pulumi"]);
});
