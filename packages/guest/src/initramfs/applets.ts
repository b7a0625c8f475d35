/**
 * The busybox applets that become commands in `/bin`. The list is fixed, so that an image does not depend on the host
 * that builds it; `poweroff`, `reboot`, `halt` and `init` are left out, because the image has its own.
 */
export const APPLETS: readonly string[] = (
  '[ [[ arch arp arping ash awk base64 basename bc blkdiscard blkid blockdev brctl bunzip2 bzcat bzip2 cal cat chgrp ' +
  'chmod chown chroot cksum clear cmp cp cpio cttyhack cut date dc dd depmod devmem df diff dirname dmesg ' +
  'dnsdomainname du echo egrep env expand expr factor fallocate false fdisk fgrep find findfs flock fold free ' +
  'freeramdisk fsck fsfreeze fstrim ftpget ftpput getopt grep groups gunzip gzip head hexdump hostid hostname httpd ' +
  'hwclock id ifconfig ifdown ifup insmod ionice ip ipcalc kill killall klogd last less link ln logger logname ' +
  'logread losetup ls lsmod lzcat lzop md5sum mdev microcom mkdir mkdosfs mke2fs mkfifo mknod mkswap mktemp modinfo ' +
  'modprobe more mount mt mv nc netstat nice nl nohup nproc nsenter nslookup od partprobe paste patch pidof ping ' +
  'ping6 pivot_root printenv printf ps pwd readlink realpath renice reset rev rm rmdir rmmod route run-parts sed seq ' +
  'setpriv setsid sh sha1sum sha256sum sha3sum sha512sum shred shuf sleep sort ssl_client stat strings stty su sum ' +
  'swapoff swapon switch_root sync sysctl syslogd tac tail tar taskset tc tee telnet test tftp time timeout top touch ' +
  'tr traceroute true truncate tty tunctl udhcpc uevent umount uname uncompress unexpand uniq unlink unlzma unshare ' +
  'unxz unzip uptime usleep uudecode uuencode vi w watch watchdog wc wget which who whoami xargs xxd xz xzcat yes zcat'
).split(' ');
