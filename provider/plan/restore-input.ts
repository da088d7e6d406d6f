/** What iptables-restore reads, as it fits the table when it runs: others may have changed theirs since the plan was made. */

/**
 * The way back as far as it is still to go: whoever empties a chain meanwhile takes our jumps along, and a restore that deletes one
 * that is gone does nothing at all; a process that ends in the middle is followed by another, which would insert them twice.
 * @param now command that shows the table
 */
export function stillToGo(text: string, now: string, source: string, restore: string): string {
  const jumps = /^-[DI] .*-j mw-/m.test(text);
  return filtered([...(jumps ? [JUMPS] : []), ...(/^-I \S+ (?!1 )/m.test(text) ? [PLACES] : [])], now, source, restore);
}

/** A rule of others that is given back behind rules that may have gone meanwhile. */
export function placed(text: string, now: string, source: string, restore: string): string {
  return filtered(/^-I \S+ (?!1 )(?!\d+ -j mw-)/m.test(text) ? [PLACES] : [], now, source, restore);
}

function filtered(filters: readonly string[], now: string, source: string, restore: string): string {
  if (filters.length === 0) return `${restore} <${source}`;
  return `nl='
' chain=
now=$nl$(${now})$nl
while IFS= read -r text; do
${filters.join("\n")}
  printf '%s\\n' "$text"
done <${source} | ${restore}`;
}

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
