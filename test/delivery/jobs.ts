/** The jobs of a workflow file, whichever forge it is of. */
import yaml from "js-yaml";
import type { ForgeName } from "../../provider/cli/workflows/render.ts";

export interface Job {
  readonly forge: ForgeName;
  readonly name: string;
  /** What the runner's shell is given, in its order, with the variables of each. */
  readonly scripts: readonly string[];
  readonly env: readonly Readonly<Record<string, string>>[];
  readonly lock: string | undefined;
  readonly cancels: boolean | undefined;
  readonly matrix: readonly string[] | undefined;
}

type Env = Readonly<Record<string, string>>;

interface GitlabJob {
  readonly extends: string;
  readonly script: readonly string[];
  readonly before_script: readonly string[];
  readonly variables: Env;
  readonly resource_group?: string;
  readonly interruptible?: boolean;
  readonly parallel?: { readonly matrix: readonly [{ readonly STACK: readonly string[] }] };
}

interface Lock {
  readonly group: string;
  readonly "cancel-in-progress": boolean;
}

interface Actions {
  readonly env: Env;
  readonly concurrency?: Lock;
  readonly jobs: Readonly<
    Record<
      string,
      {
        readonly steps: readonly { readonly run?: string; readonly env?: Env }[];
        readonly concurrency?: Lock;
        readonly strategy?: { readonly matrix: { readonly stack: readonly string[] } };
      }
    >
  >;
}

export function jobsOf(forge: ForgeName, text: string): readonly Job[] {
  return forge === "gitlab" ? gitlabJobs(text) : actionsJobs(forge, text);
}

function gitlabJobs(text: string): readonly Job[] {
  const file = yaml.load(text) as Record<string, GitlabJob>;
  return Object.entries(file)
    .filter(([name]) => !name.startsWith("."))
    .map(([name, job]) => {
      const { before_script, variables } = file[job.extends]!;
      const scripts = [...before_script, ...job.script];
      return {
        ...{ forge: "gitlab", name, scripts, env: scripts.map(() => variables) },
        lock: job.resource_group,
        // Of a resource group none is cancelled; an interruptible job is, by a newer pipeline.
        cancels: job.interruptible ?? false,
        matrix: job.parallel?.matrix[0].STACK,
      };
    });
}

function actionsJobs(forge: ForgeName, text: string): readonly Job[] {
  const file = yaml.load(text) as Actions;
  return Object.entries(file.jobs).map(([name, job]) => {
    const steps = job.steps.filter(({ run }) => run !== undefined);
    const lock = job.concurrency ?? file.concurrency;
    return {
      ...{ forge, name, scripts: steps.map(({ run }) => run!), env: steps.map(({ env }) => ({ ...file.env, ...env })) },
      lock: lock?.group,
      cancels: lock?.["cancel-in-progress"],
      matrix: job.strategy?.matrix.stack,
    };
  });
}
