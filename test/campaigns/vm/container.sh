# The first process of a container with systemd (sh -e container.sh FOLDER IMAGE): gives it a machine of its own, then becomes its init.
# Started by container.ts in new namespaces, and in a control group of its own.
dir=$1 image=$2
mkdir -p "$dir/lower" "$dir/upper" "$dir/root"
mount -o loop,ro,noload "$image" "$dir/lower" 2>/dev/null || mount -o loop,ro "$image" "$dir/lower"
mount -t tmpfs -o mode=755 tmpfs "$dir/upper"
mkdir "$dir/upper/upper" "$dir/upper/work"
mount -t overlay -o "lowerdir=$dir/lower,upperdir=$dir/upper/upper,workdir=$dir/upper/work" router "$dir/root"
cd "$dir/root"
mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t cgroup2 cgroup sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs dev
for node in null zero full random urandom tty; do
  : >"dev/$node"
  mount --bind "/dev/$node" "dev/$node"
done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
: >etc/fstab
pivot_root . mnt
umount -l mnt
exec env -i container=multiwan PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --system
