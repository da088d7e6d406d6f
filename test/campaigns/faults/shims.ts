/**
 * Tools of the router that misbehave on demand. They lie in a tmpfs over /usr/local/sbin, first in the scripts' PATH,
 * and are the real tools until they are told otherwise.
 */
import type { Lab } from "../../lab/index.ts";

/** Which process of a transaction calls: the apply, the way back, a watcher, or the operator's own shell. */
export type Caller = "apply" | "undo" | "watch" | "session";

export interface Mischief {
  readonly caller: Caller;
  /** Only calls of these tools count; all of them by default. */
  readonly tools?: readonly string[];
  /** The k-th call counts from 1; every one by default. */
  readonly k?: number;
  readonly when?: "before" | "after";
  /**
   * kill: the calling process is killed -9. fail: the tool says nothing and exits with this code. late: it sleeps first.
   * garbage: it prints nonsense and exits 0. shell: these words run first, on the router.
   */
  readonly does:
    | { readonly kill: true }
    | { readonly fail: number }
    | { readonly late: number }
    | { readonly garbage: true }
    | { readonly shell: string }
    | { readonly nothing: true };
}

const DIR = "/usr/local/sbin";
export const TOOLS = [
  ...["ip", "iptables", "iptables-save", "iptables-restore", "cp", "mv", "rm", "ln", "cat", "mkdir", "rmdir", "touch"],
  ...["sync", "sleep", "cmp", "grep", "sed", "chmod", "cksum", "tail", "mount", "logger"],
];

const SHIM = `#!/bin/dash
S=${DIR}/.shim tool=\${0##*/} PATH=/usr/sbin:/usr/bin:/sbin:/bin
[ -e $S/on ] || exec "$tool" "$@"
caller=session top=$PPID p=$PPID seen=
while [ "$p" -gt 1 ]; do
  # A parent that has ended meanwhile says nothing.
  line=; read -r line <"/proc/$p/cmdline" || :
  case $line in
    */apply.sh) is=apply ;; */undo.sh) is=undo ;; */watch.sh?) is=watch ;; *) break ;;
  esac
  [ -z "$seen" ] || [ "$seen" = $is ] || break
  seen=$is caller=$is top=$p
  while read -r key value rest; do [ "$key" != PPid: ] || p=$value; done <"/proc/$p/status"
done
. $S/on
# The tests' own commands do not come by ssh.
[ "$caller" = "$CALLER" ] && [ -n "$SSH_CONNECTION" ] || exec "$tool" "$@"
case " $ONLY " in "  " | *" $tool "*) ;; *) exec "$tool" "$@" ;; esac
echo "$tool $*" >>$S/calls
n=$(wc -l <$S/calls)
# Two ends of a pipe may count at once: the first from the k-th on.
[ "$K" = 0 ] || { [ "$n" -ge "$K" ] && [ ! -e $S/hit ]; } || exec "$tool" "$@"
rc=0
[ $WHEN = before ] || { "$tool" "$@"; rc=$?; }
: >$S/hit
misbehave "$@"
exit $rc
`;

/** What a tool says that fails on demand. */
export const BROKEN = "it is broken today";

/** Is a tool still late? */
export async function hangsOn({ router }: Lab): Promise<boolean> {
  const text = await router.exec('for p in /proc/[0-9]*; do tr "\\0" " " <$p/cmdline 2>/dev/null; echo; done');
  return text.split("\n").some((line) => line.startsWith(`/bin/dash ${DIR}/`));
}

export async function installShims(lab: Lab): Promise<void> {
  const names = TOOLS.map((tool) => `ln shim ${tool}`).join("; ");
  await lab.router.exec(
    `mount -t tmpfs -o mode=755 tmpfs ${DIR}; cd ${DIR}; mkdir .shim; cat >shim; chmod 755 shim; ${names}`,
    SHIM,
  );
}

export async function removeShims(lab: Lab): Promise<void> {
  await lab.router.exec(`umount ${DIR}`);
}

/** From now on, until `behave`. */
export async function misbehave(lab: Lab, mischief: Mischief): Promise<void> {
  const { caller, tools = [], k = 0, when = "before", does } = mischief;
  const text = [
    `CALLER=${caller} ONLY='${tools.join(" ")}' K=${k} WHEN=${when}`,
    `misbehave() { ${action(does, when)}; }`,
    "",
  ].join("\n");
  await lab.router.exec(`cd ${DIR}/.shim; rm -f calls hit since; cat >on.new; mv on.new on`, text);
}

function action(does: Mischief["does"], when: string): string {
  const go = when === "before" ? 'exec "$tool" "$@"' : ":";
  if ("kill" in does) return `kill -9 "$top"${when === "before" ? "; exit 137" : ""}`;
  if ("fail" in does) return `echo "$tool: ${BROKEN}" >&2; exit ${does.fail}`;
  if ("late" in does) return `sleep ${does.late}; ${go}`;
  if ("garbage" in does) return `printf 'gar\\001bage %%s @@ \\n\\n'; exit 0`;
  if ("shell" in does) return `${does.shell}; ${go}`;
  return go;
}

/** The tools are themselves again. Answers the calls that counted, and whether the mischief happened. */
export async function behave(lab: Lab): Promise<{ calls: readonly string[]; hit: boolean }> {
  const text = await lab.router.exec(
    `cd ${DIR}/.shim; rm -f on; [ ! -e hit ] || echo hit; cat calls 2>/dev/null; rm -f calls hit since`,
  );
  const lines = text.split("\n").filter(Boolean);
  const hit = lines[0] === "hit";
  return { calls: hit ? lines.slice(1) : lines, hit };
}

/** A tool that does not exist, until `showTool`. What is a link to a program of many names goes as a link. */
export async function hideTool(lab: Lab, tool: string): Promise<void> {
  await lab.router.exec(`rm -f ${DIR}/${tool}
for f in /usr/sbin/${tool} /usr/bin/${tool}; do
  [ -e $f ] || continue
  if [ ! -L $f ]; then mount --bind /dev/null $f
  else case $(readlink $f) in */${tool}) ;; *) mv $f $f.hidden ;; esac; fi
done`);
}

export async function showTool(lab: Lab, tool: string): Promise<void> {
  await lab.router.exec(`for f in /usr/sbin/${tool} /usr/bin/${tool}; do
  if [ -L $f.hidden ]; then mv $f.hidden $f; else umount $f 2>/dev/null || :; fi
done
${TOOLS.includes(tool) ? `ln -f ${DIR}/shim ${DIR}/${tool}` : ":"}`);
}
