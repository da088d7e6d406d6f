/** What the stack file says, decrypted as far as it can be and checked as the program checks it. */
import { basename } from "node:path";
import type { Site } from "../../site/schema.ts";
import { checkStackConfig, faultsMessage } from "../../site/stack-config.ts";
import { parseRouterSettings, type RouterSettings } from "../../ssh/settings.ts";
import { CommandError, EXIT } from "../exit.ts";
import { stackName } from "./names.ts";
import { findProject, type Project, readYaml } from "./project.ts";
import type { Pulumi } from "./pulumi.ts";
import { secretPaths, withoutSecrets } from "./secrets.ts";
import { type StackFile, selectStack } from "./selected.ts";

export interface Stack {
  readonly project: string;
  /** Without organization and project. */
  readonly name: string;
  readonly file: string;
  readonly settings: RouterSettings;
  /** undefined where the stack file has no `multiwan:site`: a program may declare its site itself. */
  readonly site: Site | undefined;
  /** What the person should know of how this was read. */
  readonly notes: readonly string[];
}

export interface StackOptions {
  readonly cwd: string;
  readonly stack: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly pulumi: Pulumi;
}

/** @throws {CommandError} with all faults of the file at once */
export function readStack({ cwd, stack, env, pulumi }: StackOptions): Stack {
  const project = findProject(cwd);
  const found = selectStack(project, stack, env, pulumi);
  const { router, site, notes } = valuesOf(project, found, env, pulumi);
  const checked = site === undefined ? withoutSite(router) : checkStackConfig(router, site);
  if ("faults" in checked) throw new CommandError(EXIT.usage, faultsMessage(basename(found.path), checked.faults));
  const name = stackName(found.stack);
  const all = { notes: [...notes, ...checked.notes] };
  return { project: project.name, name, file: found.path, ...checked, ...all };
}

function withoutSite(router: unknown) {
  const parsed = parseRouterSettings(router);
  return "settings" in parsed
    ? { settings: parsed.settings, site: undefined, notes: [] }
    : { faults: parsed.issues.map(({ path, message }) => `${path}: ${message}`) };
}

interface Values {
  readonly router: unknown;
  readonly site: unknown;
  readonly notes: readonly string[];
}

function valuesOf(project: Project, { stack, path }: StackFile, env: StackOptions["env"], pulumi: Pulumi): Values {
  const file = readYaml(path);
  const config = Object(file.config) as Record<string, unknown>;
  const router = config["multiwan:router"];
  const site = config["multiwan:site"];
  const secrets = [...secretPaths(router, "multiwan:router"), ...secretPaths(site, "multiwan:site")];
  // Values of a Pulumi environment are in no file here.
  const elsewhere = file.environment !== undefined && (router === undefined || site === undefined);
  if (secrets.length === 0 && !elsewhere) return { router, site, notes: [] };
  const answer = pulumi(["config", "--json", "--show-secrets", "--stack", stack], project.dir);
  if (answer === undefined) return withoutCli(router, site, secrets, env);
  if (answer.code !== 0) {
    const said = answer.stderr.trim();
    const why = said === "" ? `exit code ${answer.code}` : `\n  ${said.replaceAll("\n", "\n  ")}`;
    throw new CommandError(
      EXIT.usage,
      `pulumi config, which decrypts ${secrets.join(", ") || "the environment"}, failed: ${why}`,
    );
  }
  const all = JSON.parse(answer.stdout) as Record<string, { value?: string; objectValue?: unknown }>;
  const value = (key: string) => all[key]?.objectValue ?? all[key]?.value;
  return { router: value("multiwan:router"), site: value("multiwan:site"), notes: [] };
}

/** Nobody here can decrypt: a login that needs no secret will do, if the settings or the agent have one. */
function withoutCli(router: unknown, site: unknown, secrets: readonly string[], env: StackOptions["env"]): Values {
  const credentials = ["password", "privateKey", "privateKeyPassword"].map((key) => `multiwan:router.${key}`);
  const others = secrets.filter((path) => !credentials.includes(path));
  const rest = withoutSecrets(Object(router));
  const login =
    rest.privateKeyFile !== undefined && !secrets.includes("multiwan:router.privateKeyPassword")
      ? "the key file"
      : rest.agentSocketPath !== undefined || env.SSH_AUTH_SOCK
        ? "the ssh-agent"
        : undefined;
  if (others.length > 0 || login === undefined)
    throw new CommandError(
      EXIT.usage,
      `${(others.length > 0 ? others : secrets).join(", ")}: a secret, which only the Pulumi CLI can decrypt, and there is no pulumi on PATH. ${
        others.length > 0 ? "Install it" : "Install it, or log in with privateKeyFile or an ssh-agent"
      }`,
    );
  return {
    router: rest,
    site,
    notes: [`${secrets.join(", ")} cannot be decrypted without pulumi on PATH: ${login} is used`],
  };
}
