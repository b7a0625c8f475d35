# Waits for the power button and then switches off. The devices are opened before this returns, so a press right after
# the marker is not lost.
listen_to_power_button() {
  for device in /sys/class/input/event*; do
    [ -e "$device/device/name" ] || continue
    read -r name <"$device/device/name"
    case $name in
      *"Power Button"* | gpio-keys*) ;;
      *) continue ;;
    esac
    {
      # One input_event on a 64-bit kernel is 24 bytes, and evdev gives nothing to a shorter read.
      dd bs=24 count=1 >/dev/null 2>&1 && exec /etc/vmrs/shutdown poweroff
    } <"/dev/input/${device##*/}" &
  done
}
