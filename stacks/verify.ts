/**
 * `multiwan:verify`: commands that have to succeed when the router has been changed, as resources behind all others, so that
 * `pulumi up` fails where the live router does not do what was declared.
 */
import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { relative } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import type { MultiWan } from "../provider/index.ts";

const checksSchema = z.strictObject({
  /** Run `multiwan verify`. Default true. */
  proof: z.boolean().default(true),
  /** Commands of your own, for /bin/sh in the project's folder: exit code 0 is well. Default none. */
  checks: z.array(z.string().regex(/\S/, "must be a command")).default([]),
});

/** `true`, or a group of settings. */
export const verifySchema = z.union(
  [z.boolean().transform((proof) => ({ proof, checks: [] as string[] })), checksSchema],
  "must be true, false, or {checks: [...]}",
);

/** Of @pulumi/command, which is loaded by a stack that has this switched on, and by no other. */
type LocalCommand = new (name: string, args: object, options: pulumi.CustomResourceOptions) => pulumi.CustomResource;

function localCommand(): LocalCommand {
  try {
    return createRequire(import.meta.url)("@pulumi/command").local.Command;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw error;
    throw new pulumi.RunError(
      [
        "multiwan:verify needs the npm package @pulumi/command, which is not installed.",
        "Install it and its plugin with `npm install --no-save @pulumi/command@1.2.1` and `pulumi plugin install resource command 1.2.1`,",
        "or set multiwan:verify to false.",
      ].join("\n"),
    );
  }
}

export type Verify = z.output<typeof checksSchema>;

/** Run again whenever a line changes that the site means, or the command itself. */
export function verifyWith({ proof, checks }: Verify, site: MultiWan): pulumi.CustomResource[] {
  const stack = pulumi.getStack();
  const own = checks.map((create, i) => ({ name: `check-${i + 1}`, create }));
  const commands = [
    ...(proof ? [{ name: "verify", create: `node provider/cli/bin.js --stack ${stack} verify` }] : []),
    ...own,
  ];
  if (commands.length === 0) return [];
  const Command = localCommand();
  // The plugin works where the program does: a relative folder is the same for every operator.
  const dir = relative(process.cwd(), pulumi.getRootDirectory()) || ".";
  const triggers = [site.config.apply((text) => createHash("sha256").update(text).digest("hex"))];
  const environment = { MULTIWAN_STACK: stack };
  return commands.map(
    ({ name, create }) => new Command(name, { create, dir, environment, triggers }, { dependsOn: [site] }),
  );
}
