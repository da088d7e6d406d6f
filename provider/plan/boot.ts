/** The boot file: the manifest as a script. One readable, idempotent POSIX sh file that says what each resource means. */

import { cksum } from "../dialects/cksum.ts";
import { formatFragment, formatLine } from "../dialects/fragment.ts";
import { formatRule } from "../dialects/iproute2/rule.ts";
import { commandArguments, commandRule } from "../dialects/iptables/command-rule.ts";
import { command, quote } from "../dialects/quote.ts";
import { BOOT_FILE, STEP_ASIDE } from "../kinds/boot-files.ts";
import { type Fragment, isMainDefault, type Line } from "../model/line.ts";
import { shortName } from "../model/owner.ts";
import type { PacketRule } from "../model/packet-rule.ts";
import { plainJumpOf } from "../model/rule-facts.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { formatManifest, inSlot, type Manifest } from "./manifest.ts";
import { isNetworked, putCommand } from "./network-steps.ts";
import { persists } from "./owner-kind.ts";
import { type OfKind, phaseOf } from "./step.ts";

/**
 * The text without its checksum line, or undefined where no resource asked for persistence.
 * @returns ends in a newline
 */
export function bootText(manifest: Manifest, { capabilities }: Pick<Snapshot, "capabilities">): string | undefined {
  if (!persists(manifest)) return undefined;
  const owned = [...manifest]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([owner, { lines }]) => lines.map((line) => ({ owner, line })))
    .filter(({ line }) => line.kind !== "file" && line.kind !== "table-name");
  // Chains before the rules that jump to them; those, each put first in its chain, from the last name to the first.
  const rank = ({ line }: (typeof owned)[number]) => (line.kind === "chain" ? 0 : 1);
  const name = ({ line }: (typeof owned)[number]) => (line.kind === "hook" ? (plainJumpOf(line.rule) ?? "") : "");
  const sorted = owned.toSorted(
    (a, b) => phaseOf(a) - phaseOf(b) || rank(a) - rank(b) || (name(a) < name(b) ? 1 : name(a) > name(b) ? -1 : 0),
  );
  const { stateDir, iptables } = capabilities;
  const parts: string[] = [];
  let last = "";
  const say = (owner: string, text: string) => {
    if (owner !== last) parts.push("", `# ${shortName(owner)}`);
    last = owner;
    parts.push(text);
  };
  for (const { owner, line } of sorted) {
    if (isNetworked(line)) say(owner, networked(line));
    else if (line.kind === "hook")
      say(owner, `hook ${line.table} ${command(line.chain, ...commandArguments(line.rule, capabilities))}`);
    else if (line.kind === "chain" && !parts.includes(marker(line.table)))
      parts.push(
        "",
        marker(line.table),
        chains(
          owned.map((o) => o.line),
          line.table,
          (rule) => commandRule(rule, capabilities),
        ),
      );
  }
  return `${HEAD(iptables.command, stateDir)}
${parts.join("\n")}

# What is ours on this router, for the next run.
if [ -z "$only" ] && [ ! -e "$D/manifest" ] && own_folder; then
  ${rememberDefault(manifest)} >"$D/manifest" <<'END'
${formatManifest(manifest)}END
fi
exit 0
`;
}

/** What has to happen to the boot file so that it says what the manifest says. */
export function bootChange(manifest: Manifest, snapshot: Snapshot): string | undefined {
  const wanted = bootText(manifest, snapshot) ?? "";
  return wanted === bootBody(snapshot) ? undefined : wanted;
}

/** Lines by which the boot file differs from what is in force, in words; the manifest in it is for us and not shown. */
export function bootDrift(manifest: Manifest, snapshot: Snapshot): string[] {
  const wanted = bootText(manifest, snapshot);
  const body = bootBody(snapshot);
  if (wanted === undefined || withoutMemory(wanted) === withoutMemory(body)) return [];
  if (snapshot.boot.text === undefined) return [`missing: ${BOOT_FILE}`];
  // Nobody has edited it since it was written.
  const isWhole = snapshot.boot.text === `${body}# cksum ${cksum(body)}\n`;
  if (isWhole && withoutFunctions(wanted) === withoutFunctions(body)) return [];
  const lines = (text: string) =>
    withoutMemory(text)
      .split("\n")
      .filter((line) => line !== "" && !/^(owner|line) /.test(line));
  const [here, there] = [lines(wanted), lines(body)];
  const missing = here.filter((line) => !there.includes(line)).map((line) => `missing: ${BOOT_FILE}: ${line}`);
  const unexpected = there.filter((line) => !here.includes(line)).map((line) => `unexpected: ${BOOT_FILE}: ${line}`);
  const all = [...missing, ...unexpected];
  return all.length > 0 ? all : [`unexpected: ${BOOT_FILE} is in another order, or lists other owners`];
}

/** Another version has other words for the same lines: they come with the next change. */
const withoutFunctions = (text: string) =>
  withoutMemory(
    text.replace(/^[\s\S]*?^restore\(\) .*\n/m, "").replace(/^# What is ours on this router[\s\S]*?<<'END'\n/m, ""),
  );

/** What is remembered may be of a later boot than the file: it is written with the next change. */
const withoutMemory = (text: string) => text.replaceAll(/^((# )?found | {2}keep_default ).*\n/gm, "");

/** The boot file without its checksum line; "" where there is none. */
export function bootBody({ boot }: Snapshot): string {
  return (boot.text ?? "").replace(/# cksum .*\n$/, "");
}

/**
 * The command that writes the manifest: as it was, but for a default route that another hand has put there since. That one
 * is what a destroy gives back.
 */
function rememberDefault(manifest: Manifest): string {
  const entry = [...manifest.values()].find(({ lines }) => lines.some(stepsAside));
  const line = entry?.lines.find(stepsAside);
  if (!entry || !line) return "cat";
  const rows = formatFragment(inSlot(entry.found, line)).split("\n").filter(Boolean);
  return `keep_default ${[`line ${formatLine(line)[0]}`, ...rows.map((row) => `found ${row}`)].map(quote).join(" ")}`;
}

/** Steps aside while a device comes up, and takes the place of another: one of a metric of its own stands beside it. */
const stepsAside = (line: Line): boolean => isMainDefault(line) && !!line.device && !line.metric;

/** Of the default route while it has stepped aside. */
const ASIDE_METRIC = 4294967294;

const HEAD = (iptables: string, stateDir: string) => `#!/bin/sh
# Written by pulumi-multiwan after each confirmed change, read by /etc/multiwan/load. Do not edit: change the stack.
# Every line may run again and again. With a device as argument only what that device has lost comes back.
only=$1 D=${quote(stateDir)}
# In the middle of a change this says what was before it: a device that came up gets its lines afterwards, and the right ones.
uptime_now() { read -r up _ </proc/uptime; up=\${up%%.*}; }
changing() { [ -n "$only" ] && { read -r _ until _ <"$D/lock"; } 2>/dev/null && uptime_now && [ "$up" -lt "\${until:-0}" ]; }
if [ "$only" != ${STEP_ASIDE} ] && changing; then
  while changing; do sleep 1; done
  exec /etc/multiwan/load "$only"
fi
for_device() { [ -z "$only" ] || [ "$only" = "$1" ]; }
always() { [ -z "$only" ]; }
rule() { # priority, what \`ip rule show\` prints before the table, then the words of \`ip rule add\`
  always || return 0
  ip rule show | tr '\\t' ' ' | sed 's/ \\[detached\\]//' | grep -q "^$1: *$2 " || { shift 2; ip rule add "$@"; }
}
own_folder() { umask 077; mkdir -p "$D" && [ ! -L "$D" ] && [ -O "$D" ]; }
# bash and mksh keep here-documents in files, and a full or read-only root has no room for them elsewhere.
if (own_folder) 2>/dev/null; then export TMPDIR="$D"; fi
# The default that the system's own files have made, the first one after a boot. Only a form that the next run can read.
note_default() {
  was=$(ip route show | sed -n 's/^\\(default via [0-9.]* dev [^ ]*\\( proto [a-z]*\\)\\{0,1\\}\\( src [0-9.]*\\)\\{0,1\\}\\) *\\(linkdown *\\)\\{0,1\\}$/\\1/p' | head -n 1)
  [ -z "$was" ] || (own_folder && echo "$was" >"$D/default")
}
keep_default() { # the manifest's row of the default route, then the rows of what was found in its place
  mine=$1; shift
  { read -r was <"$D/default"; } 2>/dev/null || was=
  rm -f "$D/default"
  if [ -z "$was" ] || [ "line $was" = "$mine" ]; then cat; return; fi
  while IFS= read -r row; do
    for found in "$@"; do [ "$row" != "$found" ] || continue 2; done
    printf '%s\\n' "$row"
    [ "$row" != "$mine" ] || printf 'found %s\\n' "$was"
  done
}
main_default() { # the words of \`ip route replace\`
  if [ "$only" = ${STEP_ASIDE} ]; then ip route add "$@" metric ${ASIDE_METRIC} && ip route del "$@"; return; fi
  # Whatever device comes up: ifup may have put another one there, or cannot yet have this one's.
  [ -e "$D/manifest" ] || [ -s "$D/default" ] || note_default
  ip route replace "$@" 2>/dev/null
  ip route del "$@" metric ${ASIDE_METRIC} 2>/dev/null
}
hook() { # table, chain, rule
  always || return 0
  t=$1 c=$2; shift 2
  ${iptables}-save -t "$t" | grep -qxF -e "-A $c $*" || ${iptables} -t "$t" -I "$c" 1 "$@"
}
restore() { if always; then ${iptables}-restore --noflush; else cat >/dev/null; fi; }`;

function networked(line: OfKind<"address" | "sysctl" | "route" | "rule">): string {
  switch (line.kind) {
    case "rule": {
      const shown = formatRule(line)
        .replace(/^\d+: /, "")
        .replace(/ lookup .*$/, " lookup");
      return `rule ${line.priority} ${quote(shown)} ${putCommand(line).replace(/^ip rule add /, "")}`;
    }
    case "address":
      return `for_device ${quote(line.device)} && ${putCommand(line)} 2>/dev/null`;
    case "sysctl": {
      const device = /^net\.ipv4\.conf\.([^.]+)\./.exec(line.key)?.[1]?.replaceAll("/", ".");
      return `${device ? `for_device ${quote(device)}` : "always"} && ${putCommand(line)}`;
    }
    case "route":
      if (stepsAside(line)) return putCommand(line).replace(/^ip route replace /, "main_default ");
      return `${line.device ? `for_device ${quote(line.device)}` : "always"} && ${putCommand(line)}`;
  }
}

function marker(table: string): string {
  return `# chains of ${table}`;
}

function chains(lines: Fragment, table: string, rule: (one: PacketRule) => string): string {
  const own = lines.filter(
    (line): line is Extract<Line, { kind: "chain" }> => line.kind === "chain" && line.table === table,
  );
  return [
    "restore <<'END'",
    `*${table}`,
    ...own.map((line) => `:${line.chain} - [0:0]`),
    ...own.flatMap((line) => line.rules.map((one) => `-A ${line.chain} ${rule(one)}`)),
    "COMMIT",
    "END",
  ].join("\n");
}
