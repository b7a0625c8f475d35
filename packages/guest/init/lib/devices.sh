# Loads the drivers of the devices that are there, by the aliases with which the kernel describes them. Other drivers
# in the image are loaded on demand: by the kernel (file systems, protocols) or by whoever calls modprobe.
load_drivers() {
  # evdev carries the power button to user space; virtio_mmio devices named on the command line have no alias.
  aliases=evdev
  case $cmdline in *virtio_mmio.device=*) aliases="$aliases virtio_mmio" ;; esac
  collect_aliases /sys/bus/acpi/devices /sys/bus/pci/devices
  # With ACPI the platform bus only repeats what the ACPI bus says.
  [ ! -d /sys/firmware/devicetree ] || collect_aliases /sys/bus/platform/devices
  modprobe -qa $aliases

  # What hangs on the buses that have just come up.
  aliases=
  collect_aliases /sys/bus/virtio/devices
  [ -z "$aliases" ] || modprobe -qa $aliases
  aliases=
  collect_aliases /sys/bus/scsi/devices
  [ -z "$aliases" ] || modprobe -qa $aliases
}

collect_aliases() {
  for bus; do
    for file in "$bus"/*/modalias; do
      [ -e "$file" ] || continue
      read -r alias <"$file" || continue
      case " $aliases " in *" $alias "*) ;; *) aliases="$aliases $alias" ;; esac
    done
  done
}

# expedite_rcu 1|0
expedite_rcu() {
  [ ! -e /sys/kernel/rcu_expedited ] || echo "$1" >/sys/kernel/rcu_expedited
}
