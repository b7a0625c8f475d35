import type { Lifetime, ProcessCommand } from '../contract/index.ts';
import { parseProcStat } from './proc-stat.ts';

/**
 * What runs between a controller and each process of a VM: a shell of about 1 MB that starts the program, waits for it, writes down how it
 * ended, and ends what the program has left in its process group. It outlives the controller, so the end of a VM is known whoever looks later.
 *
 * Fixed text, for any POSIX shell and without a program besides it; what differs are its parameters: the file for the end, the token that goes
 * into it, the lifetime, the program and its arguments. Its stdout is the log, its stdin the file for the program's stdout, from which it never
 * reads. Its stderr is a socket to the controller, on which it tells the program's pid and which ends with the controller.
 *
 * - Handlers, not SIG_IGN, because the program would inherit that. A signal to the group is for the program; the keeper lives to tell.
 * - The program runs in the foreground: that is the wait which no signal interrupts, and it leaves SIGINT and SIGQUIT as they were.
 * - The subshell tells who it is and then becomes the program, so that the pid stays the same. Its own line in procfs holds its start time, so
 *   that it is identified even if it has ended by the time anybody reads this. Elsewhere it is only known as the parent of another shell.
 * - `kill 0` reaches the keeper's own group, which nobody else's can be as long as the keeper is in it: no pid is reused under it.
 * - The watcher is for VMs that end with their controller: end of file on the socket means that it is gone. It is waited for, because pid 1
 *   may take seconds to bury it.
 */
const KEEPER = `trap : HUP INT QUIT TERM PIPE
end=$1 token=$2 lifetime=$3
shift 3
watcher=
if [ "$lifetime" = attached ]; then
  (trap '' HUP INT QUIT TERM; read -r _; kill -s KILL 0) <&2 &
  watcher=$!
fi
(
  read -r self 2>/dev/null </proc/self/stat || self=$(exec /bin/sh -c 'echo "$PPID"')
  echo "$self" >&2
  exec "$@" 2>&1 >&0 </dev/null
)
echo "$token $?" >"$end"
if [ -n "$watcher" ]; then
  kill -s KILL "$watcher"
  wait "$watcher"
fi
kill -s KILL 0
`;

/** What a keeper is told besides its program. */
export interface KeeperOrder {
  /** Where it writes how the program ended; see `readExitRecord`. */
  readonly exitFile: string;
  readonly token: string;
  readonly lifetime: Lifetime;
}

/** The keeper's own command line, as file and arguments. */
export function keeperCommand(
  { file, args }: Pick<ProcessCommand, 'file' | 'args'>,
  { exitFile, token, lifetime }: KeeperOrder,
): { readonly file: string; readonly args: readonly string[] } {
  return { file: '/bin/sh', args: ['-c', KEEPER, 'vmrs-keeper', exitFile, token, lifetime, file, ...args] };
}

/** Who the program is, as its keeper tells it in one line; the start time where procfs has one. Null for anything else. */
export function parseBirth(line: string): { readonly pid: number; readonly startTime: string | null } | null {
  const pid = Number(/^(\d+)( |$)/.exec(line)?.[1]);
  if (!Number.isSafeInteger(pid) || pid <= 1) return null;
  return { pid, startTime: parseProcStat(line)?.startTime ?? null };
}
