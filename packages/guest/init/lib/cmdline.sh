# Kernel parameters. They are readable by everybody in the guest: nothing secret belongs there, and no command is ever
# taken from them.
#
#   vmrs.ip=IFACE:ADDR/PREFIX[:GATEWAY[:DNS]]   static address; IFACE is a MAC address or a name; IPv6 in brackets
#   ip=...                                      the kernel's own syntax, for the primary interface or the one it names
#   vmrs.primary=IFACE                          the interface whose address is reported; default: the lowest index
#   vmrs.mount=TAG:PATH:virtiofs|9p[:ro]        share to mount; may be given several times
#   vmrs.root=DEVICE or root=DEVICE             disk to switch to; also rootfstype=, rootflags=, ro, rw, init=
#   vmrs.hostname=NAME                          name of the machine; default: vmrs
#   vmrs.on_exit=poweroff                       power off when the workload ends
#   vmrs.poweroff=reboot|poweroff               how to switch off; default: reboot where there is no ACPI to do it

read_cmdline() {
  opt_static=
  opt_ip=
  opt_primary=
  opt_mounts=
  opt_root=
  opt_root_type=
  opt_root_flags=
  opt_root_mode=rw
  opt_init=/sbin/init
  opt_hostname=vmrs
  opt_on_exit=
  opt_poweroff=
  read -r cmdline </proc/cmdline
  set -f
  for word in $cmdline; do
    case $word in
      vmrs.ip=*) opt_static="$opt_static ${word#*=}" ;;
      ip=*) opt_ip=${word#*=} ;;
      vmrs.primary=*) opt_primary=${word#*=} ;;
      vmrs.mount=*) opt_mounts="$opt_mounts ${word#*=}" ;;
      root=* | vmrs.root=*) opt_root=${word#*=} ;;
      rootfstype=*) opt_root_type=${word#*=} ;;
      rootflags=*) opt_root_flags=${word#*=} ;;
      ro | rw) opt_root_mode=$word ;;
      init=*) opt_init=${word#*=} ;;
      vmrs.hostname=*) opt_hostname=${word#*=} ;;
      vmrs.on_exit=*) opt_on_exit=${word#*=} ;;
      vmrs.poweroff=*) opt_poweroff=${word#*=} ;;
    esac
  done
  set +f
}
