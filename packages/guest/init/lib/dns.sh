# Every interface brings its own name servers (/run/vmrs/dns.IFACE); the resolver gets all of them.

# set_name_servers IFACE SERVER...
set_name_servers() {
  list=/run/vmrs/dns.$1
  shift
  for server; do
    echo "nameserver $server"
  done >"$list"
  for list in /run/vmrs/dns.*; do
    while read -r line; do echo "$line"; done <"$list"
  done >/etc/resolv.conf
}
