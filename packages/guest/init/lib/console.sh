# One complete line to the active console in a single write: neither half lines nor two lines mixed into each other.
say() {
  printf '%s\n' "$*" >/dev/console
}

# The same when something else may have left the cursor in the middle of a line.
say_on_own_line() {
  printf '\n%s\n' "$*" >/dev/console
}
