import { createHash } from "node:crypto";
import { quote } from "../dialects/quote.ts";
import { inTurn } from "../dialects/script.ts";
import { RouterError } from "../ssh/errors.ts";
import type { Session } from "../ssh/session.ts";
import { needsSudo, type RouterSettings } from "../ssh/settings.ts";
import { snapshotBody, snapshotScript } from "./snapshot-script.ts";

/** Where an operator puts the observer, unless the setting says otherwise. */
export const OBSERVER_PATH = "/usr/local/sbin/multiwan-observe";

/** Names the text of the reading: what another version prints would not be understood. */
const VERSION = createHash("sha256").update(snapshotBody).digest("hex").slice(0, 12);

/** As EX_CONFIG and EX_USAGE of sysexits(3). */
const OTHER_VERSION = 78;

/**
 * `multiwan-observe`, which an operator may install by hand for a user who may only look: setting `readOnly`. It holds the whole
 * script that reads a router; over the wire come its version and a nonce, and nothing that is run. POSIX sh, dash and busybox.
 */
export const OBSERVER = `#!/bin/sh
# multiwan-observe ${VERSION}: prints what pulumi-multiwan reads of a router, and changes nothing.
# Owner root, mode 0755, in /usr/local/sbin; in sudoers, with the two quotes, which allow no arguments:
#   USER ALL=(root) NOPASSWD: ${OBSERVER_PATH} ""
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C IFS=' 	
'
export PATH LC_ALL
unset ENV BASH_ENV CDPATH
umask 077
cd / || exit 70
refuse() { echo "multiwan-observe: $1" >&2; exit "$2"; }
[ $# -eq 0 ] || refuse "it takes no arguments" 64
version= nonce=
read -r version nonce || :
[ "$version" = ${VERSION} ] || refuse "this is version ${VERSION}" ${OTHER_VERSION}
case $nonce in *[!0-9a-zA-Z]*) refuse "the nonce must be letters and digits" 64 ;; esac
[ \${#nonce} -ge 8 ] && [ \${#nonce} -le 64 ] || refuse "the nonce must have 8 to 64 characters" 64
exec </dev/null
mark() { printf '\\n@@%s %s %s\\n' "$nonce" "$1" "$2"; }
${snapshotBody}`;

/** Path of the observer on the router; undefined where the session's own root shell reads. */
export function observerOf({ readOnly }: Pick<RouterSettings, "readOnly">): string | undefined {
  return readOnly === true ? OBSERVER_PATH : readOnly === false ? undefined : readOnly;
}

/**
 * Reads the router in one exchange: what `parseSnapshot` takes.
 * @param more a script to run behind it in the same exchange, with the rights of the session's own shell
 * @throws {RouterError}
 */
export async function readRouter(
  session: Session,
  settings: RouterSettings,
  nonce: string,
  more = "",
): Promise<{ stdout: string; stderr: string; ms: number }> {
  const what = "reading the router";
  const path = observerOf(settings);
  if (path === undefined) return session.exchange(inTurn(snapshotScript(nonce), more), { what });
  const sudo = needsSudo(settings) ? "sudo -n " : "";
  const script = `echo ${VERSION} ${nonce} | ${sudo}${quote(path)}; mw_observed=$?\n${more}\n( exit $mw_observed )`;
  const { stdout, stderr, exitCode, ms } = await session.exchange(script, { what });
  if (exitCode === 0) return { stdout, stderr, ms };
  const { router } = session;
  const parts = { router, what, setting: "readOnly", output: stderr };
  const install = `Install the one of this version there: npm run -s router-script multiwan-observe`;
  if (exitCode === OTHER_VERSION)
    throw new RouterError("not-understood", {
      ...parts,
      why: `${path} is of another version than this provider (${VERSION})`,
      hint: install,
    });
  if (/password|askpass|terminal is required|not allowed|may not run/i.test(stderr))
    throw new RouterError("no-sudo", {
      ...parts,
      why: `"${settings.user}" may not run ${path} as root`,
      hint: `Allow it in sudoers: ${settings.user} ALL=(root) NOPASSWD: ${path} ""`,
    });
  throw new RouterError("no-sudo", { ...parts, why: `${path} did not answer (exit code ${exitCode})`, hint: install });
}

export function mayOnlyRead(router: string): RouterError {
  return new RouterError("no-rights", {
    router,
    what: "changing the router",
    why: "these settings may only look at it",
    hint: "Run up with the settings of a user who may change it",
    setting: "readOnly",
  });
}
