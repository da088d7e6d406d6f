/**
 * `multiwan:verify`: commands that have to succeed when the router has been changed, as resources behind all others, so that
 * `pulumi up` fails where the live router does not do what was declared.
 */
import { createHash } from "node:crypto";
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

/**
 * The resource of @pulumi/command, by its type. Not by that npm package: the language host asks for the plugin of every such
 * package that lies in node_modules, used or not, and waits for a download where it is absent. By its type the plugin is only
 * asked for by a stack that has this switched on.
 */
const COMMAND = { type: "command:local:Command", version: "1.2.1" };

class Command extends pulumi.CustomResource {
  constructor(name: string, inputs: object, options: pulumi.CustomResourceOptions) {
    super(COMMAND.type, name, { ...inputs }, { ...options, version: COMMAND.version });
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
  // The plugin works where the program does: a relative folder is the same for every operator.
  const dir = relative(process.cwd(), pulumi.getRootDirectory()) || ".";
  const triggers = [site.config.apply((text) => createHash("sha256").update(text).digest("hex"))];
  const environment = { MULTIWAN_STACK: stack };
  return commands.map(
    ({ name, create }) => new Command(name, { create, dir, environment, triggers }, { dependsOn: [site] }),
  );
}
