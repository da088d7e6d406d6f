#!/bin/bash
# Builds a small i386 Debian (sysvinit, ifupdown, dash, read-only ext2 root) as a disk for qemu, from Debian packages only.
# usage: image.sh FOLDER      FOLDER gets disk.raw vmlinuz initrd key host.pub arch init, and `built` once all is there
# VM_ARCH=amd64 is for machines whose kernel runs no 32-bit programs: the packages are set up with the guest's own tools.
# VM_INIT=systemd is the root of another router, for a container: systemd with logind and D-Bus.
set -euo pipefail
out=$(realpath -m "$1") suite=${VM_SUITE:-bookworm} arch=${VM_ARCH:-i386} init=${VM_INIT:-sysv}
case $init in
  sysv) packages=sysvinit-core,sysvinit-utils,initscripts,insserv,busybox ;;
  systemd) packages=systemd-sysv,libpam-systemd,dbus,busybox ;;
  *) echo "image.sh: VM_INIT is sysv or systemd" >&2; exit 1 ;;
esac
case $arch in i386) kernel=686 ;; amd64) kernel=amd64 ;; *) echo "image.sh: VM_ARCH is i386 or amd64" >&2; exit 1 ;; esac
[ "$(id -u)" = 0 ] || { echo "image.sh: needs root" >&2; exit 1; }
[ -e "$out/built" ] && [ "$out/built" -nt "${BASH_SOURCE[0]}" ] && exit 0
rm -rf "$out"; mkdir -p "$out" "$out.debs"
mirror=$(sed -nE 's/^(URIs: *|deb +(\[[^]]*\] +)?)(https?:[^ ]+).*/\3/p' /etc/apt/sources.list.d/*.sources /etc/apt/sources.list 2>/dev/null | head -n 1 || true)
root=$(mktemp -d "$out.root.XXXXXX")
trap 'umount "$root/proc" 2>/dev/null || :; rm -rf "$root"' EXIT
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
echo "image: debootstrap $suite"
debootstrap --arch="$arch" --variant=minbase --cache-dir="$out.debs" \
  --include="$packages,ifupdown,iproute2,iptables,conntrack,openssh-server,kmod,netbase,procps,psmisc,initramfs-tools,zstd" \
  "$suite" "$root" "${mirror:-http://deb.debian.org/debian}" >"$out/debootstrap.log" 2>&1 || { tail "$out/debootstrap.log" >&2; exit 1; }
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"; chmod 755 "$root/usr/sbin/policy-rc.d"
sed -i 's/^MODULES=.*/MODULES=list/' "$root/etc/initramfs-tools/initramfs.conf"
mount -t proc proc "$root/proc"
chroot "$root" apt-get install -y --no-install-recommends "linux-image-$kernel" >"$out/kernel.log" 2>&1 || { tail "$out/kernel.log" >&2; exit 1; }
umount "$root/proc"
rm "$root/usr/sbin/policy-rc.d"
cp "$root"/boot/vmlinuz-* "$out/vmlinuz"

# Debian's initrd and udev take half of an emulated boot, and a router of this kind has neither: its drivers are in its kernel.
echo "image: initrd"
[ "$init" != sysv ] || chroot "$root" update-rc.d -f udev remove
early="$root/early" release=$(basename "$root"/lib/modules/*)
mkdir -p "$early"/{bin,dev,root,modules}
for file in /bin/busybox $(chroot "$root" ldd /bin/busybox | grep -o '/[^ ]*'); do install -D "$root$file" "$early$file"; done
for module in virtio_pci virtio_blk virtio_net ext4 crc32c_generic; do
  chroot "$root" /sbin/modprobe --set-version "$release" --show-depends $module
done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | awk '!seen[$0]++' | while read -r file; do
  cp "$root$file" "$early/modules/"
  basename "$file"
done >"$early/order"
cat >"$early/init" <<'END'
#!/bin/busybox sh
/bin/busybox mount -t devtmpfs dev /dev
while read -r module; do /bin/busybox insmod "/modules/$module"; done </order
/bin/busybox mount -o ro -t ext2 /dev/vda /root
/bin/busybox mount -o move /dev /root/dev
exec /bin/busybox switch_root /root /sbin/init
END
chmod 755 "$early/init"
chroot "$root" sh -c 'cd /early && find . | cpio --quiet -o -H newc' >"$out/initrd"
rm -r "$early"

echo "image: configuration"
if [ "$init" = sysv ]; then
cat >"$root/etc/fstab" <<'END'
LABEL=root / ext2 ro,noatime 0 1
tmpfs /tmp tmpfs nosuid,nodev 0 0
tmpfs /var/tmp tmpfs nosuid,nodev 0 0
tmpfs /var/log tmpfs nosuid,nodev 0 0
tmpfs /var/lib/urandom tmpfs nosuid,nodev 0 0
END
echo RAMTMP=yes >>"$root/etc/default/tmpfs"
sed -i 's/^#\?FSCKFIX=.*/FSCKFIX=yes/' "$root/etc/default/rcS"
grep -q ^FSCKFIX "$root/etc/default/rcS" || echo FSCKFIX=yes >>"$root/etc/default/rcS"
cat >"$root/etc/inittab" <<'END'
id:2:initdefault:
si::sysinit:/etc/init.d/rcS
~~:S:wait:/sbin/sulogin --force
l0:0:wait:/etc/init.d/rc 0
l1:1:wait:/etc/init.d/rc 1
l2:2:wait:/etc/init.d/rc 2
l6:6:wait:/etc/init.d/rc 6
T0:23:respawn:/sbin/getty -L ttyS0 115200 vt100
END
cat >"$root/usr/local/sbin/remountrw" <<'END'
#!/bin/sh
mount -o remount,rw,noatime /
END
cat >"$root/usr/local/sbin/remountro" <<'END'
#!/bin/sh
sync; mount -o remount,ro /
END
chmod 755 "$root"/usr/local/sbin/remount*
else
  chroot "$root" systemctl mask -q apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer
  # Without it this would be a first boot, which starts whatever is installed.
  chroot "$root" systemd-machine-id-setup >/dev/null 2>&1
  mkdir -p "$root/etc/systemd/logind.conf.d"
  # Of root's sessions nothing is killed otherwise.
  printf '[Login]\nKillUserProcesses=yes\nKillExcludeUsers=\n' >"$root/etc/systemd/logind.conf.d/kill.conf"
fi
ln -sf ../run/resolv.conf "$root/etc/resolv.conf"
cat >"$root/etc/network/interfaces" <<'END'
auto lo eth0 eth1 eth2 eth3
iface lo inet loopback
iface eth0 inet static
    address 172.16.1.1/24
iface eth1 inet static
    address 149.99.251.146/30
    gateway 149.99.251.145
iface eth2 inet static
    address 66.119.160.2/30
iface eth3 inet static
    address 192.168.99.1/24
END
echo voyage >"$root/etc/hostname"
printf '127.0.0.1 localhost voyage\n' >"$root/etc/hosts"
# What is there before us, to find again afterwards: a sysctl of the distribution's and a hook of somebody else's.
printf 'net.ipv4.ip_forward=1\nnet.ipv4.conf.all.rp_filter=1\nnet.ipv4.conf.default.rp_filter=1\n' >"$root/etc/sysctl.d/50-router.conf"
cat >"$root/etc/network/if-up.d/firewall" <<'END'
#!/bin/sh
# The operator's own: nothing from the first ISP into the router but what he likes.
[ "$IFACE" = eth1 ] || exit 0
iptables -C INPUT -i eth1 -p tcp --dport 111 -j DROP 2>/dev/null || iptables -A INPUT -i eth1 -p tcp --dport 111 -j DROP
ip rule show | grep -q '^100:' || ip rule add from 192.0.2.99 lookup main prio 100
END
chmod 755 "$root/etc/network/if-up.d/firewall"
[ -z "${VM_IPTABLES:-}" ] || chroot "$root" update-alternatives --set iptables "/usr/sbin/iptables-$VM_IPTABLES" >/dev/null
rm -f "$root"/etc/ssh/ssh_host_*
for type in ed25519 rsa; do ssh-keygen -q -t $type -N '' -C voyage -f "$root/etc/ssh/ssh_host_${type}_key"; done
ssh-keygen -q -t ed25519 -N '' -C operator -f "$out/key"
install -d -m 700 "$root/root/.ssh"; install -m 600 "$out/key.pub" "$root/root/.ssh/authorized_keys"
cp "$root/etc/ssh/ssh_host_ed25519_key.pub" "$out/host.pub"
printf 'PermitRootLogin prohibit-password\nPasswordAuthentication no\n' >>"$root/etc/ssh/sshd_config"
# What tells logind of a session.
[ "$init" = systemd ] || echo 'UsePAM no' >>"$root/etc/ssh/sshd_config"
modules=$(echo "$root"/lib/modules/*)
rm -rf "$root"/usr/share/{doc,locale,man,info} "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* "$root"/boot/* "$root"/vmlinuz* "$root"/initrd* \
  "$modules"/kernel/{sound,drivers/{gpu,media,infiniband,staging,iio,hwmon,isdn,usb,scsi,message,mmc,video,net/wireless}}
chroot "$root" /sbin/depmod "$(basename "$modules")"
mke2fs -q -F -t ext2 -L root -d "$root" "$out/disk.raw" 700M
echo "$arch" >"$out/arch"
echo "$init" >"$out/init"
touch "$out/built"
echo "image: $(du -h "$out/disk.raw" | cut -f1) in ${SECONDS}s"
