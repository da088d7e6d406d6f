# Single lines of ip, exact where its commands are not: a delete takes the first line that has all that it names, so that one
# of a route without a metric fits a foreign route that has one.

# gone COMMAND...: that the line is not there, or its device, is what it is for.
gone() {
  said=$("$@" 2>&1) && return 0
  case $said in *"No such process"* | *"No such file"* | *"Cannot assign requested"* | *"not found"* | *"find device"* | *"FIB table does not"*) return 0 ;; esac
  echo "$said"
  return 1
}

# there COMMAND...: that the line is there is what it is for.
there() {
  said=$("$@" 2>&1) && return 0
  case $said in *"File exists"* | *"already assigned"*) return 0 ;; esac
  echo "$said"
  return 1
}

# route_is TABLE DESTINATION "TYPE VIA DEV PROTO SCOPE SRC METRIC", - for what it has not: 0 it is there, 1 it is not, 2 not known.
route_is() {
  wanted=$3
  shown=$(ip -4 route show table "$1" "$2" 2>&1) || { case $shown in *"FIB table does not"*) return 1 ;; esac; echo "$shown"; return 2; }
  while read -r line; do
    type=- via=- dev=- proto=- scope=- src=- metric=-
    # shellcheck disable=SC2086 # its words
    set -- $line
    case $1 in
      "" | nexthop) continue ;;
      unreachable | blackhole | prohibit | throw | local | broadcast | multicast | anycast | nat) type=$1; shift ;;
    esac
    while [ $# -gt 0 ]; do
      case $1 in
        via) via=$2 ;;
        dev) dev=$2 ;;
        proto) proto=$2 ;;
        scope) scope=$2 ;;
        src) src=$2 ;;
        metric) metric=$2 ;;
        *) shift; continue ;;
      esac
      shift
      [ $# -eq 0 ] || shift
    done
    [ "$proto" != boot ] || proto=-
    # busybox prints it signed.
    case $metric in -?*) metric=$((metric + 4294967296)) ;; esac
    [ "$type $via $dev $proto $scope $src $metric" != "$wanted" ] || return 0
  done <<END
$shown
END
  return 1
}

# gone_route TABLE DESTINATION WORDS COMMAND...
gone_route() {
  route_is "$1" "$2" "$3"
  case $? in 0) shift 3; gone "$@" ;; 1) ;; *) return 1 ;; esac
}

# swap_route TABLE DESTINATION WORDS COMMAND...: the one that was there before, unless another has taken the place meanwhile.
swap_route() {
  route_is "$1" "$2" "$3"
  case $? in 0) shift 3; "$@" ;; 1) ;; *) return 1 ;; esac
}
