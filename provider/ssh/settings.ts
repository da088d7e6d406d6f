import { isIP } from "node:net";
import { homedir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { stackName } from "../kinds/fields.ts";
import { printable } from "../model/printable.ts";
import { LEGACY_ALGORITHMS } from "./algorithms.ts";
import { parsePin } from "./hostkey.ts";
import { isHost, probeSettings, type Way, wayOf } from "./probe-settings.ts";

const text = (what: string) =>
  z
    .string(`must be ${what}`)
    .min(1, { abort: true, error: "must not be empty" })
    .refine((value) => !value.includes("\0"), "must not hold a NUL");
const flag = z.boolean("must be true or false");
const seconds = (most: number) =>
  z
    .number("must be a number of seconds")
    .min(1, "must be at least 1 second")
    .max(most, `must be at most ${most} seconds`);

/** The path of a script that stands in sudoers: with nothing that a shell or sudoers would read otherwise. */
const program = (forms: string) => z.string(forms).regex(/^(\/[A-Za-z0-9_][A-Za-z0-9_.+-]*)+$/, forms);
const SUDO_FORMS = 'must be "auto", true, false, or a path such as /usr/local/sbin/multiwan-shell';
const READ_FORMS = "must be true, false, or a path such as /usr/local/sbin/multiwan-observe";

const pin = text("text").refine(
  (value) => parsePin(value) !== undefined,
  'must be "SHA256:..." as ssh-keygen -l prints it, or a public key line such as "ssh-ed25519 AAAA..."',
);

/**
 * How to reach one router: stack config `multiwan:router`, or the arguments of an explicit `Router` provider. The names are
 * those of pulumi-command's connection. `privateKey`, `privateKeyPassword` and `password` belong in Pulumi secrets.
 */
export const routerSettings = z
  .strictObject({
    /** Name or address of the router. Required. */
    host: text("a host name or an address").refine(isHost, "must be a host name or an address; a port goes into port"),
    /** TCP port of its SSH server. Default 22. */
    port: z.int("must be a whole number").min(1, "must be 1 to 65535").max(65535, "must be 1 to 65535").default(22),
    /** The user to log in as. Default root. */
    user: text("a user name")
      .regex(/^[^-\s:][^\s:]*$/, "must be a user name")
      .default("root"),
    /** The text of a private key, in OpenSSH or PEM form. */
    privateKey: text("the text of a private key").optional(),
    /** The path of a private key; a leading ~ is the home directory. */
    privateKeyFile: text("a path").optional(),
    /** The passphrase of the private key. */
    privateKeyPassword: text("text").optional(),
    /** The password of the user. */
    password: text("text").optional(),
    /** The socket of an ssh-agent. Default: SSH_AUTH_SOCK, if no key and no password is given. */
    agentSocketPath: text("a path").optional(),
    /** The router's host key or keys: fingerprints or public key lines. With it, known_hosts is not read. */
    hostKey: z.union([pin, z.array(pin).min(1, "must not be empty")]).optional(),
    /** A known_hosts file, used when there is no hostKey. Default ~/.ssh/known_hosts. */
    knownHostsFile: text("a path").optional(),
    /** Old algorithms to offer as well: true for all of them, or a list of names. Default false. */
    legacyAlgorithms: z
      .union([flag, z.array(z.enum(LEGACY_ALGORITHMS, `must be one of ${LEGACY_ALGORITHMS.join(", ")}`))])
      .default(false),
    /** Seconds for name, TCP, handshake, login and shell together. Default 30. */
    connectTimeout: seconds(600).default(30),
    /** Seconds for one script on the router. Default 120. */
    exchangeTimeout: seconds(3600).default(120),
    /**
     * Seconds until the router takes an unconfirmed change back by itself. Default: by what the first reading took
     * and by what the change does (confirmSeconds), at least 60, at most 600.
     */
    confirmTimeout: seconds(3600).optional(),
    /** What proves after a change that a new connection gets in, and by which ways. Default: the host key, by `host`. */
    probe: probeSettings,
    /** Seconds between signs of life; four without an answer end the connection. Default 5. */
    keepAlive: seconds(3600).default(5),
    /** Whether to become root with `sudo -n`: "auto" for every user but root, true, false, or the path of multiwan-shell. Default "auto". */
    sudo: z.union([z.literal("auto", SUDO_FORMS), flag, program(SUDO_FORMS)]).default("auto"),
    /** Only look, with multiwan-observe: true for /usr/local/sbin/multiwan-observe, or its path. Nothing can be changed. Default false. */
    readOnly: z.union([flag, program(READ_FORMS)]).default(false),
    /** `project/stack` whose lines on the router pass to this stack: its predecessor, re-created or renamed. Default none. */
    takeOverFrom: stackName.optional(),
    /** The router no longer exists: let its stack be destroyed without it. Default false. */
    gone: flag.default(false),
    /** The router may be out of reach during a preview. Default false. */
    offline: flag.default(false),
  })
  .refine((value) => value.privateKey === undefined || value.privateKeyFile === undefined, {
    path: ["privateKeyFile"],
    message: "must not be given together with privateKey",
  })
  .refine(
    (value) => value.privateKeyPassword === undefined || (value.privateKey ?? value.privateKeyFile) !== undefined,
    {
      path: ["privateKeyPassword"],
      message: "is given without privateKey or privateKeyFile",
    },
  );

export type RouterSettings = z.infer<typeof routerSettings>;

/** `path` is the setting as a person writes it: `multiwan:router.port`. No message repeats a value. */
export interface SettingsIssue {
  readonly path: string;
  readonly message: string;
}

const ROOT = "multiwan:router";

/** Checks the settings, given as an object or as the JSON text that Pulumi hands over. All issues come at once. */
export function parseRouterSettings(value: unknown): { settings: RouterSettings } | { issues: SettingsIssue[] } {
  if (value === undefined || value === null) return { issues: [{ path: ROOT, message: "is not set" }] };
  const read = typeof value === "string" ? readJson(value) : value;
  if (typeof read !== "object" || read === null || Array.isArray(read)) {
    return { issues: [{ path: ROOT, message: "must be an object with at least host" }] };
  }
  const result = routerSettings.safeParse(read);
  return result.success
    ? { settings: result.data }
    : { issues: result.error.issues.flatMap((issue) => toIssues(issue)) };
}

/** The router as people call it: `host`, or `host:port` where the port is not 22. */
export function routerName({ host, port }: Pick<RouterSettings, "host" | "port">): string {
  return port === 22 ? host : `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
}

/** Every way in that the settings declare, with the setting's name. */
export function waysIn({ host, port, probe }: RouterSettings): (Way & { readonly setting: string })[] {
  const further = probe.paths.map((text, i) => ({ ...wayOf(text, port)!, setting: `${ROOT}.probe.paths[${i}]` }));
  return [{ host, port, setting: ROOT }, ...further];
}

/** Whether to become root by sudo: by default for every user but root. */
export function needsSudo({ sudo, user }: Pick<RouterSettings, "sudo" | "user">): boolean {
  return sudo === "auto" ? user !== "root" : sudo !== false;
}

/** What to run to get the session's shell. One who may only look has a shell of his own, and root's for one script. */
export function shellCommand(settings: Pick<RouterSettings, "sudo" | "user" | "readOnly">, shell: string): string {
  if (settings.readOnly !== false || !needsSudo(settings)) return shell;
  return `sudo -n ${typeof settings.sudo === "string" && settings.sudo !== "auto" ? settings.sudo : shell}`;
}

/** A leading `~/` becomes the home directory. */
export function expandHome(path: string): string {
  return path === "~" || path.startsWith("~/") ? join(homedir(), path.slice(1)) : path;
}

/** Undefined for anything but JSON: the parser's own message would quote the text, secrets included. */
export function readJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function toIssues(issue: z.core.$ZodIssue, above: PropertyKey[] = []): SettingsIssue[] {
  const keys = [...above, ...issue.path];
  const path = keys.length === 0 ? ROOT : `${ROOT}.${z.core.toDotPath(keys)}`;
  if (issue.code === "unrecognized_keys" && keys.length > 0)
    return [{ path, message: `has a key that is none of its own; its keys are ${PROBE}` }];
  if (issue.code === "unrecognized_keys") {
    const message = `is not a setting; the settings are ${NAMES}`;
    return issue.keys.map((key) => ({ path: `${ROOT}.${printable(key, 1)}`, message }));
  }
  if (issue.code === "invalid_union") return furthest(issue).flatMap((inner) => toIssues(inner, keys));
  return [{ path, message: path === `${ROOT}.host` ? hostMessage(issue) : issue.message }];
}

function hostMessage(issue: z.core.$ZodIssue): string {
  return issue.code === "invalid_type" ? "is required: the name or address of the router" : issue.message;
}

/** Of several forms that a setting may have, the one that was nearly right: that of a list for a list, else the first. */
function furthest(issue: z.core.$ZodIssueInvalidUnion): z.core.$ZodIssue[] {
  return issue.errors.toSorted((a, b) => (b[0]?.path.length ?? 0) - (a[0]?.path.length ?? 0))[0] ?? [];
}

const PROBE = "by, paths, banners";
const NAMES = Object.keys(routerSettings.shape).join(", ");
