# Taking a policy rule away: exact where the delete of ip is not.
nl='
'

# rules_at PRIORITY: in RULES, in order, as they are printed. They stand together, and a router may have hundreds of others.
rules_at() {
  RULES=
  shown=$(ip rule show) || return 1
  shown=$nl$shown$nl
  case $shown in *"$nl$1:"*) shown=$1:${shown#*"$nl$1:"} ;; esac
  while :; do
    case $shown in
      "$1:"*) line=${shown%%"$nl"*} shown=${shown#*"$nl"} RULES=$RULES${line#*:}$nl ;;
      *) return 0 ;;
    esac
  done
}

# read_rule WORDS...: its words, - for what it has not, and in other whether there are more. Its table the kernel compares.
read_rule() {
  from=- to=- mark=- iif=- suppress=- other=
  while [ $# -gt 0 ]; do
    case $1 in
      from) from=$2 ;;
      to) to=$2 ;;
      fwmark) mark=${2#0x} ;;
      iif) iif=$2 ;;
      suppress_prefixlength) suppress=$2 ;;
      lookup | table) ;;
      '[detached]') shift; continue ;;
      *) other=1 ;;
    esac
    shift
    [ $# -eq 0 ] || shift
  done
}

# is_meant "FROM TO MARK IIF SUPPRESS": would a delete of such a rule take the one that was read? It has all that is named.
# shellcheck disable=SC2086 # its words
is_meant() {
  set -- $1 "$from" "$to" "$mark" "$iif" "$suppress"
  { [ "$1" = all ] || [ "$1" = "$6" ]; } && { [ "$2" = - ] || [ "$2" = "$7" ]; } && { [ "$3" = - ] || [ "$3" = "$8" ]; } &&
    { [ "$4" = - ] || [ "$4" = "$9" ]; } && { [ "$5" = - ] || [ "$5" = "$suppress" ]; }
}

# add_rule try|add PRIORITY WORDS...: as they were printed; can they be written?
# shellcheck disable=SC2086 # its words
add_rule() {
  how=$1 pref=$2 words=
  shift 2
  while [ $# -gt 0 ]; do
    case $1 in
      not | unreachable | blackhole | prohibit | nop) words="$words $1" ;;
      '[detached]' | '[unresolved]') ;;
      from | to | fwmark | iif | oif | lookup | tos | ipproto | sport | dport | uidrange | tun_id | realms | proto | goto | suppress_*)
        case $2 in '' | unspec | *'['* | *'?'*) return 1 ;; esac
        words="$words $1 $2"
        shift
        ;;
      *) return 1 ;;
    esac
    shift
  done
  [ "$how" = try ] || ip rule add $words pref "$pref"
}

# give_rules PRIORITY: those of a list, in its order, and no other.
# shellcheck disable=SC2086 # its words
give_rules() {
  [ -s "$T/rules.$1" ] || return 0
  while ip rule del pref "$1"; do :; done 2>/dev/null
  failed=
  while read -r line; do add_rule add "$1" $line || failed=1; done <"$T/rules.$1"
  [ -z "$failed" ] && rm -f "$T/rules.$1"
}

# gone_rule PRIORITY "FROM TO MARK IIF SUPPRESS" COMMAND...: a delete takes the first rule that has all that it names. Where another
# stands before this one, the others of the priority are put back without it: none of them is lost, and their order stays.
# shellcheck disable=SC2086 # its words
gone_rule() {
  at=$1 rule=$2
  shift 2
  rules_at "$at" || return 1
  others= before= found=
  while read -r line; do
    [ -n "$line" ] || continue
    read_rule $line
    if [ -z "$found$other" ] && [ "$from $to $mark $iif $suppress" = "$rule" ]; then
      found=1
    else
      [ -n "$found" ] || ! is_meant "$rule" || before=1
      others=$others$line$nl
    fi
  done <<END
$RULES
END
  [ -n "$found" ] || return 0
  [ -n "$before" ] || { gone "$@"; return; }
  while read -r line; do
    [ -z "$line" ] || add_rule try "$at" $line || { echo "$at: $line: stands before it, and cannot be put back"; return 1; }
  done <<END
$others
END
  printf %s "$others" >"$T/rules.$at" && give_rules "$at"
}
