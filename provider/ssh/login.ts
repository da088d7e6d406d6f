import { readFile } from "node:fs/promises";
import { RouterError } from "./errors.ts";
import { expandHome, type RouterSettings } from "./settings.ts";

/** The ways to log in, in the order in which they are tried. */
export type LoginMethod = "publickey" | "agent" | "password" | "keyboard-interactive";

export interface Login {
  readonly methods: readonly LoginMethod[];
  readonly privateKey?: string;
  readonly passphrase?: string;
  readonly agent?: string;
  readonly password?: string;
}

/**
 * Collects what to log in with. A key comes before the agent: an agent full of keys uses up the attempts a server allows.
 * Without any setting the agent of SSH_AUTH_SOCK is used. Rejects with `bad-settings`, never showing a value.
 */
export async function readLogin(settings: RouterSettings, router: string): Promise<Login> {
  const privateKey = settings.privateKey ?? (await readKeyFile(settings, router));
  const { password, privateKeyPassword } = settings;
  const given = privateKey !== undefined || password !== undefined;
  const agent = settings.agentSocketPath ?? (given ? undefined : process.env.SSH_AUTH_SOCK || undefined);
  const methods: LoginMethod[] = [];
  if (privateKey !== undefined) methods.push("publickey");
  if (agent !== undefined) methods.push("agent");
  if (password !== undefined) methods.push("password", "keyboard-interactive");
  if (methods.length === 0) {
    throw new RouterError("bad-settings", {
      router,
      what: `logging in as "${settings.user}"`,
      why: "there is nothing to log in with: no key, no password, and no ssh-agent in SSH_AUTH_SOCK",
      hint: "Name a key file",
      setting: "privateKeyFile",
    });
  }
  return {
    methods,
    ...(privateKey !== undefined && { privateKey }),
    ...(privateKeyPassword !== undefined && { passphrase: privateKeyPassword }),
    ...(agent !== undefined && { agent: expandHome(agent) }),
    ...(password !== undefined && { password }),
  };
}

/** What a method used, in words, without anything secret. */
export function describeMethod(method: LoginMethod, settings: RouterSettings): string {
  switch (method) {
    case "publickey":
      return settings.privateKeyFile === undefined ? "the key in privateKey" : `the key ${settings.privateKeyFile}`;
    case "agent":
      return `the agent at ${settings.agentSocketPath ?? process.env.SSH_AUTH_SOCK}`;
    case "password":
      return "the password";
    case "keyboard-interactive":
      return "the password (keyboard-interactive)";
  }
}

async function readKeyFile({ privateKeyFile }: RouterSettings, router: string): Promise<string | undefined> {
  if (privateKeyFile === undefined) return undefined;
  try {
    return await readFile(expandHome(privateKeyFile), "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const why = code === "ENOENT" ? "there is no such file" : code === "EACCES" ? "permission denied" : String(code);
    throw new RouterError("bad-settings", {
      router,
      what: `reading the private key ${privateKeyFile}`,
      why,
      hint: "Check the path",
      setting: "privateKeyFile",
      cause: error,
    });
  }
}
