// Fixed texts that a seed puts into the guest. Nothing of the caller's is ever written into them: the scripts read their
// data from files.

/** Prints `VMRS_READY <ip>` once the interface with the given MAC (or the first real one) has an address. */
export const READY_SCRIPT = `#!/bin/sh
# Fails as long as there is no address; the unit tries again.
set -eu
mac=
[ ! -s /etc/vmrs/primary-mac ] || read -r mac </etc/vmrs/primary-mac
interface=
lowest=
for device in /sys/class/net/*; do
  [ -e "$device/device" ] || continue
  read -r address <"$device/address"
  read -r index <"$device/ifindex"
  if [ -n "$mac" ]; then
    [ "$address" = "$mac" ] || continue
  elif [ -n "$lowest" ] && [ "$index" -gt "$lowest" ]; then
    continue
  fi
  interface=\${device##*/}
  lowest=$index
done
[ -n "$interface" ]
line=$(ip -o addr show dev "$interface" scope global | head -n 1)
[ -n "$line" ]
set -- $line
printf 'VMRS_READY %s\\n' "\${4%%/*}" >/dev/console
`;

export const READY_UNIT = `[Unit]
Description=Readiness marker on the console
Wants=network-online.target
After=network-online.target
StartLimitIntervalSec=0

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/etc/vmrs/ready
Restart=on-failure
RestartSec=1

[Install]
WantedBy=multi-user.target
`;

/** Runs the workload: one file per word, one file per variable, so no shell ever parses a word. */
export const WORKLOAD_SCRIPT = `#!/bin/sh
set -eu
folder=\${1:-/etc/vmrs/workload}
set --
for file in "$folder"/argv/*; do
  # The x keeps newlines at the end of a word.
  word=$(cat "$file" && printf x)
  set -- "$@" "\${word%x}"
done
for file in "$folder"/env/*; do
  [ -e "$file" ] || continue
  word=$(cat "$file" && printf x)
  export "\${file##*/}=\${word%x}"
done
directory=/
[ ! -e "$folder/cwd" ] || { directory=$(cat "$folder/cwd" && printf x); directory=\${directory%x}; }
cd "$directory"
if [ -e "$folder/user" ]; then
  read -r user <"$folder/user"
  set -- runuser -u "$user" -- "$@"
fi
exec "$@"
`;

/** Reports the end of the workload; systemd sets EXIT_CODE and EXIT_STATUS. */
export const WORKLOAD_EXIT_SCRIPT = `#!/bin/sh
code=\${EXIT_STATUS:-255}
if [ "\${EXIT_CODE:-exited}" != exited ]; then
  case $code in
    HUP) code=129 ;;
    INT) code=130 ;;
    ABRT) code=134 ;;
    KILL) code=137 ;;
    SEGV) code=139 ;;
    TERM) code=143 ;;
    *) code=255 ;;
  esac
fi
printf '\\nVMRS_EXIT %s\\n' "$code" >/dev/console
`;

export const WORKLOAD_UNIT = `[Unit]
Description=Workload
Wants=network-online.target
After=network-online.target vmrs-ready.service

[Service]
ExecStart=/etc/vmrs/run-workload
ExecStopPost=/etc/vmrs/report-exit
StandardOutput=journal+console
StandardError=journal+console

[Install]
WantedBy=multi-user.target
`;
