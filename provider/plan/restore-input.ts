/** What iptables-restore reads, as it fits the table when it runs: others may have changed theirs since the plan was made. */

export interface WayBack {
  readonly table: string;
  /** As iptables-restore reads it. */
  readonly text: string;
  /** Are its rules spelled as iptables-save prints them? */
  readonly exact: boolean;
}

/**
 * The way back as far as it is still to go: whoever empties a chain meanwhile takes our jumps along, and a restore that deletes one
 * that is gone does nothing at all; a process that ends in the middle is followed by another, which would insert them twice.
 * What the table refuses as a whole (a foreign rule holds a managed chain, a set that a rule needs is gone) goes back line by line,
 * each once: one line that cannot must not keep the others, and a way in may hang on them.
 * @param now command that shows the table
 */
export function stillToGo({ table, text, exact }: WayBack, now: string, source: string, restore: string): string {
  const filters = [
    ...(/^-[DI] .*-j mw-/m.test(text) ? [JUMPS] : []),
    ...(exact && /^-[DI] \S+ (?!(\d+ )?-j mw-)/m.test(text) ? [FOREIGN] : []),
    ...(hasPlaces(text) ? [PLACES] : []),
  ];
  return `fit() {
line=0 chain=
while IFS= read -r text; do
line=$((line + 1))
${filters.join("\n")}
"$1" "$text"
done <${source}
}
print() { printf '%s\\n' "$1"; }
one() {
case $1 in "*"* | COMMIT) return ;; esac
case " $ended " in *" $line "*) return ;; esac
if printf '*${table}\\n%s\\nCOMMIT\\n' "$1" | ${restore}; then ended="$ended $line"; echo "$ended" >"$T/${table}.ended"; else bad=1; fi
}
${filters.length > 0 ? look(now) : ":"}
fit print | ${restore} || {
${filters.length > 0 ? look(now) : ":"}
ended= bad=; { read -r ended <"$T/${table}.ended"; } 2>/dev/null
fit one; [ -z "$bad" ]
}`;
}

/** A rule of others that is given back behind rules that may have gone meanwhile. */
export function placed(text: string, now: string, source: string, restore: string): string {
  if (!hasPlaces(text)) return `${restore} <${source}`;
  return `${look(now)}
chain=
while IFS= read -r text; do
${PLACES}
  printf '%s\\n' "$text"
done <${source} | ${restore}`;
}

/** Is a foreign rule given back behind others? */
const hasPlaces = (text: string) => /^-I \S+ (?!1 )(?!\d+ -j mw-)/m.test(text);

const look = (now: string) => `nl='
'
now=$nl$(${now})$nl`;

/** A foreign rule that is gone already, or has never been away: all that are equal go and come together. */
const FOREIGN = `  case $text in
    "-"[DI]" "*" -j mw-"*) ;;
    "-D "*) case $now in *"$nl-A \${text#-D }$nl"*) ;; *) continue ;; esac ;;
    "-I "*) at=\${text#-I } at=\${at%% *} rule=\${text#-I * * }; case $now in *"$nl-A $at $rule$nl"*) continue ;; esac ;;
  esac`;

const JUMPS = `  case $text in
    "-D "*" -j mw-"*) case $now in *"$nl-A \${text#-D }$nl"*) ;; *) continue ;; esac ;;
    "-I "*" -j mw-"*) hook=\${text#-I }; case $now in *"$nl-A \${hook%% *} \${hook#* * }$nl"*) continue ;; esac ;;
  esac`;

/** At the end of a chain that has become shorter than the place: chains come one after the other, deletions first. */
const PLACES = `  case $text in "-D "* | "-I "*)
    at=\${text#-? }; rule=\${at#* } at=\${at%% *}
    if [ "$at" != "$chain" ]; then
      chain=$at n=0 rest=$now
      while :; do
        case $rest in *"$nl-A $chain "*) rest=$nl\${rest#*"$nl-A $chain "} n=$((n + 1)) ;; *) break ;; esac
      done
    fi
    case $text in
      -D*) n=$((n - 1)) ;;
      *) n=$((n + 1)) at=\${rule%% *}
        [ "$at" -le $n ] || text="-I $chain $n \${rule#* }" ;;
    esac ;;
  esac`;
