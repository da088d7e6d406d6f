#!/bin/bash
# Installs the Debian packages the lab needs; silent and without any effect when all of them are there.
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin

missing=()
need() { # <tool> <package>
  command -v "$1" >/dev/null || missing+=("$2")
}
need ip iproute2
need nft nftables
need iptables-nft iptables
need conntrack conntrack
need sshd openssh-server
need ssh-keygen openssh-client
need busybox busybox
need dash dash
need mksh mksh
need sudo sudo
need ps procps
need ping iputils-ping
need python3 python3-minimal
need shellcheck shellcheck

((${#missing[@]})) || exit 0
if [ "$(id -u)" != 0 ]; then
  echo "setup.sh: run as root to install: ${missing[*]}" >&2
  exit 1
fi
export DEBIAN_FRONTEND=noninteractive
# openssh-server must not start a daemon of its own on this machine: the lab runs sshd inside the router only.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
  trap 'rm -f "$policy"' EXIT
fi
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${missing[@]}"
