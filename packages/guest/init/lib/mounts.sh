# Shares (TAG:PATH:TYPE[:ro]) and the root disk.

mount_shares() {
  for spec in $opt_mounts; do
    IFS=: read -r tag path type mode <<EOF
$spec
EOF
    options=
    [ "$type" != 9p ] || options=trans=virtio,version=9p2000.L,msize=262144
    [ "$mode" != ro ] || options=${options:+$options,}ro
    mkdir -p "$path"
    mount -t "$type" ${options:+-o "$options"} "$tag" "$path" || say "VMRS_MOUNT_FAILED $tag $path"
  done
}

# Replaces this init by the one of the root disk; does not return.
switch_to_root_disk() {
  device=$opt_root
  rounds=100
  while :; do
    case $opt_root in
      UUID=* | LABEL=*) device=$(findfs "$opt_root" 2>/dev/null) ;;
    esac
    [ ! -b "$device" ] || break
    rounds=$((rounds - 1))
    [ $rounds -gt 0 ] || root_failed "there is no disk $opt_root"
    usleep 50000
  done
  options=$opt_root_mode${opt_root_flags:+,$opt_root_flags}
  mkdir -p /newroot
  mount -t "${opt_root_type:-ext4}" -o "$options" "$device" /newroot ||
    { [ -z "$opt_root_type" ] && mount -o "$options" "$device" /newroot; } ||
    root_failed "cannot mount $device"
  # A link such as /sbin/init -> /lib/systemd/systemd leads nowhere as long as the disk is not the root.
  [ -x "/newroot$opt_init" ] || [ -L "/newroot$opt_init" ] || root_failed "there is no $opt_init on $device"
  expedite_rcu 0
  for filesystem in dev proc sys; do
    mkdir -p "/newroot/$filesystem"
    mount --move "/$filesystem" "/newroot/$filesystem"
  done
  exec switch_root -c /dev/console /newroot "$opt_init"
}

root_failed() {
  say "VMRS_ROOT_FAILED $1"
  exec /etc/vmrs/shutdown poweroff
}
