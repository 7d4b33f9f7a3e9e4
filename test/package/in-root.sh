#!/bin/sh
# usage: in-root.sh FOLDER COMMAND [ARGUMENT...]
# Runs a command with a folder as its whole file system, as root. Not chroot: inside one nobody gets user namespaces,
# which the window's sandbox is made of. The network and the machine's processors are shared, nothing else.
set -eu
if [ "${1:-}" != --inside ]; then
  folder=$(readlink -f "$1")
  shift
  exec unshare --mount --pid --ipc --uts --fork --kill-child "$0" --inside "$folder" "$@"
fi
folder=$2
shift 2
mount --make-rprivate /
mount --bind "$folder" "$folder"
mount -t proc proc "$folder/proc"
mount -t sysfs -o ro sysfs "$folder/sys"
mount --rbind /dev "$folder/dev"
mount -t tmpfs -o mode=1777 tmpfs "$folder/dev/shm"
mount -t tmpfs -o mode=1777 tmpfs "$folder/tmp"
mount -t tmpfs -o mode=0755 tmpfs "$folder/run"
# Folders and files of this computer, each FROM=TO.
for share in ${HOLDFAST_TEST_SHARES:-}; do
  from=${share%%=*} to=$folder${share#*=}
  mkdir -p "$(dirname "$to")"
  if [ -d "$from" ]; then mkdir -p "$to"; else touch "$to"; fi
  mount --rbind "$from" "$to"
done
cp -L /etc/resolv.conf "$folder/etc/resolv.conf"
mkdir -p "$folder/.before"
cd "$folder"
pivot_root . .before
umount -l /.before
cd /
exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 "$@"
