/** A thin command over the library, for places without pulumi. */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { createStack, type Result, type StackOptions } from "./stack.ts";

const usage = `usage: cli.ts <command> [options]
commands: preview, up, refresh, destroy, stack output
options:  --stack NAME (dev)  --cwd DIR (.)  --state FILE  --parallel N  -c key=value
          --diff  --json  --refresh  --skip-preview  --yes  --show-secrets  --clear-pending-creates`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    stack: { type: "string", short: "s", default: "dev" },
    cwd: { type: "string", short: "C", default: "." },
    state: { type: "string" },
    parallel: { type: "string", short: "p" },
    config: { type: "string", short: "c", multiple: true, default: [] },
    secret: { type: "string", multiple: true, default: [] },
    diff: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    refresh: { type: "boolean", default: false },
    "skip-preview": { type: "boolean", default: false },
    yes: { type: "boolean", short: "y", default: false },
    "show-secrets": { type: "boolean", default: false },
    "clear-pending-creates": { type: "boolean", default: false },
    "non-interactive": { type: "boolean", default: false },
  },
});

function configFrom(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf("=");
      if (at < 1) throw new Error(`-c ${pair}: expected key=value`);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

async function main(): Promise<number> {
  const options: StackOptions = {
    projectDir: resolve(values.cwd),
    stack: values.stack,
    config: configFrom(values.config),
    secrets: values.secret,
    ...(values.state && { stateFile: resolve(values.state) }),
    ...(values.parallel && { parallel: Number(values.parallel) }),
    ...(!values.json && { print: (text: string) => void process.stdout.write(text) }),
  };
  const asked = {
    diff: values.diff,
    refresh: values.refresh,
    skipPreview: values["skip-preview"],
    clearPendingCreates: values["clear-pending-creates"],
  };
  const command = positionals.join(" ");
  const stack = () => createStack(options);
  const finish = (result: Result) => {
    if (values.json) process.stdout.write(`${JSON.stringify(report(result), null, 4)}\n`);
    return result.ok ? 0 : 1;
  };
  switch (command) {
    case "preview":
      return finish(await stack().preview(asked));
    case "up":
      return finish(await stack().up(asked));
    case "refresh":
      return finish(await stack().refresh(asked));
    case "destroy":
      return finish(await stack().destroy(asked));
    case "stack output":
      return printOutputs(stack().outputs({ showSecrets: values["show-secrets"] }));
    default:
      console.error(usage);
      return 2;
  }
}

function printOutputs(outputs: Readonly<Record<string, unknown>>): number {
  if (values.json) console.log(JSON.stringify(outputs, null, 2));
  else
    for (const [key, value] of Object.entries(outputs))
      console.log(`${key}  ${typeof value === "string" ? value : JSON.stringify(value)}`);
  return 0;
}

/** The fields of `pulumi preview --json`, and the calls. */
function report({ ok, steps, diagnostics, summary, seconds, processes, calls, outputs }: Result) {
  return {
    ok,
    steps: steps.map((step) => ({ op: step.op, urn: step.urn, oldState: step.old, newState: step.new })),
    diagnostics: diagnostics.map(({ urn, message, severity }) => ({ ...(urn && { urn }), message, severity })),
    duration: Math.round(seconds * 1e9),
    changeSummary: summary,
    processes,
    outputs,
    calls,
  };
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`error: ${(error as Error).message}`);
  process.exitCode = 1;
}
