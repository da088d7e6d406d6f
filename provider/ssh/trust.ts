import { readFile } from "node:fs/promises";
import { RouterError } from "./errors.ts";
import { type HostKey, type HostKeyVerdict, parsePin, type Trust } from "./hostkey.ts";
import { parseKnownHosts } from "./knownhosts.ts";
import { expandHome, type RouterSettings } from "./settings.ts";

const DEFAULT_KNOWN_HOSTS = "~/.ssh/known_hosts";

/** What is known about the router's host key: the pins of the settings, else the lines of known_hosts. */
export async function readTrust(settings: RouterSettings): Promise<Trust> {
  const { hostKey, knownHostsFile = DEFAULT_KNOWN_HOSTS } = settings;
  if (hostKey !== undefined) {
    const keys = [hostKey].flat().map((text) => parsePin(text)!);
    return { source: "multiwan:router.hostKey", keys, revoked: [], skipped: [] };
  }
  const text = await readFile(expandHome(knownHostsFile), "utf8").catch(() => undefined);
  if (text === undefined) return { source: knownHostsFile, keys: [], revoked: [], skipped: ["it cannot be read"] };
  return parseKnownHosts(text, settings.host, settings.port, knownHostsFile);
}

/** The refusal of a host key that is not the router's. Nothing was sent but the key exchange. */
export function hostKeyError(
  router: string,
  verdict: Exclude<HostKeyVerdict, { is: "trusted" }>,
  trust: Trust,
): RouterError {
  const what = "checking the host key";
  const { type, fingerprint } = verdict.shown;
  const skipped = trust.skipped.length === 0 ? "" : ` (${trust.skipped.join("; ")})`;
  switch (verdict.is) {
    case "unknown":
      return new RouterError("host-key-unknown", {
        router,
        what,
        why: `${trust.source} has no key for this router${skipped}; it shows the ${type} key ${fingerprint}`,
        hint: `If that is the key of your router (ssh-keygen -lf on the router tells), pin it: hostKey: "${fingerprint}"`,
        setting: "hostKey",
      });
    case "changed":
      return new RouterError("host-key-changed", {
        router,
        what,
        why:
          `THE HOST KEY HAS CHANGED, or another machine answers in the router's place. It shows the ${type} key ` +
          `${fingerprint}; ${trust.source} has ${trust.keys.map(describe).join(", ")}${skipped}`,
        hint: "Nothing was sent. Only if you know why the key differs, replace the old one",
        setting: "hostKey",
      });
    case "revoked":
      return new RouterError("host-key-revoked", {
        router,
        what,
        why: `THE HOST KEY IS REVOKED in ${trust.source}: the ${type} key ${fingerprint}`,
        hint: "Nothing was sent. Give the router a new host key and pin it",
        setting: "hostKey",
      });
  }
}

/** Two servers that are not the same, by what each has shown. */
export function anotherMachine(shown: HostKey, known: HostKey): string {
  return `another machine answers there: its host key is ${describe(shown)}, the router's is ${describe(known)}`;
}

function describe({ type, fingerprint }: Trust["keys"][number]): string {
  return type === undefined ? fingerprint : `the ${type} key ${fingerprint}`;
}
