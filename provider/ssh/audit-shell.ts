/**
 * `multiwan-shell`, which an operator may install by hand for users who are not root: setting `sudo` names it. It is root's
 * equal, because what it runs comes over the wire. What it gives: one line in sudoers to revoke, an environment that nobody
 * can prepare, and nothing that runs before a line about it is in syslog. POSIX sh, dash and busybox.
 *
 * It holds back each exchange (`frameScript`) until its last line is there; half a one, of a line that broke, is never run.
 */
export const AUDIT_SHELL = `#!/bin/sh
# multiwan-shell: a root shell for pulumi-multiwan, which writes to syslog what it is about to run, and for whom.
# Owner root, mode 0755, in /usr/local/sbin; in sudoers, with the two quotes, which allow no arguments:
#   USER ALL=(root) NOPASSWD: /usr/local/sbin/multiwan-shell ""
# Whoever may run it is root's equal.
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C IFS=' 	
'
export PATH LC_ALL
unset ENV BASH_ENV CDPATH
umask 077
cd / || exit 70
refuse() { echo "multiwan-shell: $*" >&2; exit 64; }
[ $# -eq 0 ] || refuse "it takes no arguments"
[ "$(id -u)" = 0 ] || refuse "it must be run as root, by sudo"
command -v logger >/dev/null 2>&1 || refuse "there is no logger, and nothing is run that is not logged"
who=\${SUDO_USER:-root}
# As the login says, in the environment that sudo was started with.
from=$(tr '\\0' '\\n' 2>/dev/null <"/proc/$PPID/environ" | sed -n 's/^SSH_CONNECTION=\\([0-9a-fA-F.:]*\\) .*/\\1/p')
audit() { logger -p auth.notice -t multiwan-shell -- "[$$] $who from \${from:-?}: $*" || refuse "logger failed, and nothing is run that is not logged"; }
audit "opened"
# In parts, because a shell copies all of a text to append a line.
whole= part=
while IFS= read -r line; do
  part="$part$line
"
  case $line in
    *"' ) </dev/null; mw_rc="*)
      whole=$whole$part part=
      sum=$(printf '%s' "$whole" | cksum) && audit "runs \${sum#* } bytes, cksum \${sum%% *}"
      printf '%s' "$whole" || exit 0
      whole= ;;
  esac
  [ \${#part} -lt 4096 ] || { whole=$whole$part; part=; }
done | /bin/sh
`;
