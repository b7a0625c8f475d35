import { closeSync } from 'node:fs';
import type { AppleVzAddon } from '@vmrs/applevz-addon';
import { EXIT_CODES } from '../control/protocol.ts';
import { hostFailure } from '../control/wire-failure.ts';
import { exitOf, type HostExit } from './exit-words.ts';
import { HostServer } from './host-server.ts';
import { MachineHost } from './machine-host.ts';
import { settledWithin } from './settled-within.ts';

/** How long the controller that has started a host may take to connect. One that was killed in between never does. */
const FIRST_CONTROLLER_MS = 60_000;

/** Title of the process until it has a machine. */
const TITLE = 'vmrs-applevz-host';

/** What a host process is started with. */
export interface HostProgramInit {
  readonly addon: AppleVzAddon;
  /** Path of the socket for controllers. */
  readonly socket: string;
  /** Path of the socket for the machine's vsock device. */
  readonly vsock: string;
  /** Writes a line to the host's log. */
  readonly say: (line: string) => void;
}

/** Runs a host in this process, whose signals and uncaught errors become its. Resolves, when there is nothing left to do, with how the process is to exit; never rejects. */
export async function runHostProgram({ addon, socket, vsock, say }: HostProgramInit): Promise<HostExit> {
  process.title = TITLE;
  let server: HostServer | null = null;
  let signalled = false;
  const machine = new MachineHost({
    addon,
    vsockSocket: vsock,
    note: say,
    onEvent: (event) => server?.tell(event),
    onCreated: (label, descriptors) => {
      process.title = `${TITLE} ${label}`;
      for (const descriptor of descriptors) closeSync(descriptor);
    },
  });
  let deserted: string | null = null;
  const desert = (words: string): void => {
    if (machine.hello.started) return;
    deserted ??= words;
    void machine.end({ by: 'told' });
  };
  process.on('exit', () => machine.abandon());
  process.on('SIGTERM', () => {
    signalled = true;
    void machine.stop({ by: 'told' });
  });
  // The session is the host's own; what a terminal or somebody's closing it says is not meant for a VM.
  for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => say(`${signal} is ignored`));
  process.on('uncaughtException', (error) => {
    say(`a fault of the host: ${error.stack ?? error.message}`);
    void machine.end({ by: 'failure', failure: hostFailure(`a fault of the host: ${error.message}`) });
  });
  try {
    server = await HostServer.listen(socket, {
      hello: () => machine.hello,
      call: (op, args) => machine.call(op, args),
      note: say,
      onDeserted: () => desert('the controller has gone before the machine was started'),
    });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { code: EXIT_CODES.failure, words: `controllers cannot be listened for: ${why}` };
  }
  const listening = server;
  void settledWithin(listening.firstController(), FIRST_CONTROLLER_MS).then((came) => {
    if (!came) desert('no controller has come');
  });
  const how = await machine.ended;
  // Before they go: that they do so then is no reason for anything.
  const exit = deserted === null ? exitOf(how, signalled) : { code: EXIT_CODES.off, words: deserted };
  await listening.tellLast({ event: 'ended', how });
  return exit;
}
