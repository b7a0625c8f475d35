# Brings up every network device, reports the address of the primary one, then starts the workload. Waits by reading
# events from the FIFO /run/vmrs/network, into which the DHCP clients' script and the static set-up write:
#   bound IFACE ADDRESS | failed IFACE | lost IFACE

run_network() {
  # Open for both directions: neither end ever waits for the other.
  exec 4<>/run/vmrs/network

  find_interfaces
  clients=0
  unmatched=$opt_static
  for interface in $interfaces; do
    configure "$interface"
  done
  for spec in $unmatched; do
    split_interface "$spec"
    say "VMRS_NO_INTERFACE $iface"
  done

  announced=
  workload_started=
  if [ -z "$primary" ]; then
    # Without any card nothing is to be waited for: the guest is reached by other ways, and itself by its loopback address.
    if [ "$interface_count" -eq 0 ] && [ -z "$opt_primary" ]; then
      ifconfig lo up
      announce_ready 127.0.0.1
    else
      announce_no_address "${opt_primary:-none}"
    fi
    start_workload_once
  fi
  # Without a DHCP client there is exactly one event per interface; with one, leases come and go for ever.
  expected=$interface_count
  while [ "$clients" -gt 0 ] || [ "$expected" -gt 0 ]; do
    read -r event interface address <&4
    expected=$((expected - 1))
    [ "$interface" = "$primary" ] || continue
    case $event in
      bound)
        [ "$address" = "$announced" ] || announce_ready "$address"
        announced=$address
        ;;
      failed)
        [ -n "$announced" ] || [ -n "$workload_started" ] || announce_no_address "$interface"
        ;;
      lost)
        announced=
        announce_no_address "$interface"
        ;;
    esac
    start_workload_once
  done
}

announce_ready() {
  say "VMRS_READY $1"
}

announce_no_address() {
  say "VMRS_NO_ADDRESS $1"
}

start_workload_once() {
  [ -z "$workload_started" ] || return 0
  workload_started=yes
  run_workload 4>&- &
}

# Sets $interfaces (real devices, lowest index first), $interface_count and $primary.
find_interfaces() {
  interfaces=
  interface_count=0
  primary=
  indexes=
  for device in /sys/class/net/*; do
    [ -e "$device/device" ] || continue
    read -r index <"$device/ifindex"
    indexes="$indexes $index:${device##*/}"
    interface_count=$((interface_count + 1))
  done
  [ "$interface_count" -lt 2 ] || indexes=$(printf '%s\n' $indexes | sort -n)
  for entry in $indexes; do
    interface=${entry#*:}
    interfaces="$interfaces $interface"
    if [ -n "$opt_primary" ]; then
      interface_is "$interface" "$opt_primary" || continue
    fi
    primary=${primary:-$interface}
  done
}

# interface_is NAME NAME-OR-MAC
interface_is() {
  [ "$1" != "$2" ] || return 0
  case $2 in *:*) ;; *) return 1 ;; esac
  read -r mac <"/sys/class/net/$1/address"
  wanted=$2
  case $wanted in *[A-F]*) wanted=$(printf %s "$wanted" | tr A-F a-f) ;; esac
  [ "$mac" = "$wanted" ]
}

configure() {
  for spec in $opt_static; do
    split_interface "$spec"
    if interface_is "$1" "$iface"; then
      unmatched=${unmatched%%" $spec"*}${unmatched#*" $spec"}
      configure_static "$1"
      return
    fi
  done
  case $opt_ip in
    '' | dhcp | on | any) ;;
    off | none)
      event failed "$1"
      return
      ;;
    *)
      if configure_kernel_style "$1"; then return; fi
      ;;
  esac
  ifconfig "$1" up
  clients=$((clients + 1))
  # Eight requests a second apart, then a pause of three seconds and again, for ever.
  udhcpc -f -i "$1" -t 8 -T 1 -A 3 -s /etc/vmrs/dhcp-event >/dev/null 2>&1 4>&- &
}

# Splits IFACE:REST, where IFACE may be a MAC address, into $iface and $rest.
split_interface() {
  case $1 in
    ??:??:??:??:??:??:*) rest=${1#??:??:??:??:??:??:} ;;
    *) rest=${1#*:} ;;
  esac
  iface=${1%":$rest"}
}

# Takes the next field off $rest into $field. Brackets protect the colons of an IPv6 address.
next_field() {
  case $rest in
    \[*\]*)
      field=${rest#\[}
      field=${field%%\]*}
      rest=${rest#*\]}
      field=$field${rest%%:*}
      ;;
    *) field=${rest%%:*} ;;
  esac
  case $rest in *:*) rest=${rest#*:} ;; *) rest= ;; esac
}

# ADDR/PREFIX[:GATEWAY[:DNS]] in $rest
configure_static() {
  next_field
  static_address=$field
  next_field
  static_gateway=$field
  next_field
  static_dns=$field
  apply_static "$1"
}

# ip=CLIENT:SERVER:GATEWAY:NETMASK:HOSTNAME:DEVICE:AUTOCONF:DNS0:DNS1; false when it is not for this interface or asks
# for DHCP.
configure_kernel_style() {
  rest=$opt_ip
  next_field
  kernel_client=$field
  next_field
  next_field
  static_gateway=$field
  next_field
  kernel_netmask=$field
  next_field
  kernel_hostname=$field
  next_field
  kernel_device=$field
  next_field
  next_field
  static_dns=$field
  if [ -n "$kernel_device" ]; then
    interface_is "$1" "$kernel_device" || return 1
  else
    [ "$1" = "$primary" ] || return 1
  fi
  [ -z "$kernel_hostname" ] || hostname "$kernel_hostname"
  [ -n "$kernel_client" ] || return 1
  static_address=$kernel_client/${kernel_netmask:-255.255.255.0}
  apply_static "$1"
}

apply_static() {
  # No duplicate address detection: the address was given on purpose and is to be usable at once.
  case $static_address in *:*) echo 0 >"/proc/sys/net/ipv6/conf/$1/accept_dad" ;; esac
  if ! ip addr replace "$static_address" dev "$1" || ! ifconfig "$1" up; then
    event failed "$1"
    return
  fi
  [ -z "$static_gateway" ] || ip route replace default via "$static_gateway" dev "$1"
  [ -z "$static_dns" ] || set_name_servers "$1" "$static_dns"
  event bound "$1" "${static_address%%/*}"
}

event() {
  echo "$*" >&4
}
