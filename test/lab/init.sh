# The router's first process (sh -e init.sh <lab dir> <legacy|nft> <dash|busybox> <busybox or nothing>): gives it a
# machine of its own, then runs sshd until standard input ends. Started by root.ts in new namespaces.
dir=$1 iptables=$2 sh=$3 busybox=$4

# A tmpfs as the upper layer: an overlay cannot write to another overlay, which a container's own root often is.
mount -t tmpfs -o mode=755 tmpfs "$dir/disk"
mkdir "$dir/disk/upper" "$dir/disk/work"
# Descriptor 9 keeps the upper layer readable from outside after the old root is gone.
exec 9<"$dir/disk/upper"
mount -t overlay -o "lowerdir=/,upperdir=$dir/disk/upper,workdir=$dir/disk/work" router "$dir/root"
cd "$dir/root"
mount -t proc proc proc
mount -t sysfs sysfs sys
mount --rbind /dev dev
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
mkdir -p run/sshd run/lock etc/network/if-pre-up.d etc/network/if-up.d etc/network/if-down.d
cp -a "$dir/seed/." .

# Commands of a login run in root's shell; "!" in the shadow file would lock the account, "*" does not.
sed -i 's#^\(root:.*:\)[^:]*$#\1/bin/sh#' etc/passwd
sed -i 's#^root:[^:]*#root:*#' etc/shadow
echo router > etc/hostname
echo router > proc/sys/kernel/hostname
for tool in iptables iptables-save iptables-restore ip6tables ip6tables-save ip6tables-restore; do
  ln -sfn "xtables-$iptables-multi" "usr/sbin/$tool"
done

bb=/usr/bin/busybox
[ -x "$bb" ] || bb=/bin/busybox
if [ "$busybox" ]; then
  for applet in $($bb --list); do
    for place in usr/bin usr/sbin; do
      [ "$applet" = busybox ] || [ ! -e "$place/$applet" ] || ln -sfn "$bb" "$place/$applet"
    done
  done
fi
case $sh in
  busybox) ln -sfn "$bb" usr/bin/sh ;;
  *) ln -sfn dash usr/bin/sh ;;
esac

pivot_root . .
umount -l .
cd /
/usr/sbin/sshd -D -e 2>&3 3>&- 9<&- &
exec 3>&-
echo ready
# Waiting for a foreground child, the shell also reaps the orphans that come to it as the first process.
cat > /dev/null
