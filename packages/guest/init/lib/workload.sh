# The workload: /etc/vmrs/workload/argv (arguments, each ended by a NUL byte), env (NAME=VALUE, likewise) and cwd. The
# words are handed over as they are: no shell ever looks into them.
run_workload() {
  prepare_for_programs
  [ -f /etc/vmrs/workload/argv ] || return 0
  set -- env -i "PATH=$PATH" HOME=/root TERM=linux
  if [ -f /etc/vmrs/workload/env ]; then
    while IFS= read -r -d '' word; do set -- "$@" "$word"; done </etc/vmrs/workload/env
  fi
  while IFS= read -r -d '' word; do set -- "$@" "$word"; done </etc/vmrs/workload/argv
  directory=/root
  [ ! -f /etc/vmrs/workload/cwd ] || IFS= read -r -d '' directory </etc/vmrs/workload/cwd
  (cd "$directory" && exec "$@") </dev/null >/dev/console 2>&1
  say_on_own_line "VMRS_EXIT $?"
  [ "$opt_on_exit" != poweroff ] || exec /etc/vmrs/shutdown poweroff
}

# What programs expect but the machine does not need to become ready.
prepare_for_programs() {
  expedite_rcu 0
  ifconfig lo up
  mkdir -p /dev/pts /dev/shm
  mount -t devpts devpts /dev/pts
  mount -t tmpfs -o mode=1777 tmpfs /dev/shm
}
