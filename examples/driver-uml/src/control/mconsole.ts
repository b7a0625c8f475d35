import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { AbortOptions } from '@vmrs/core/driver';
import { hypervisorError, locateProgram, messageOf } from '@vmrs/driver-kit';
import { DRIVER } from '../driver-id.ts';
import type { ResolvedOptions } from '../options.ts';

const run = promisify(execFile);

/** What the kernel's management console can be told; see `uml_mconsole(1)`. */
export type Command = 'version' | 'cad' | 'halt' | 'stop' | 'go';

/** The management console of one kernel: a socket for datagrams, to which each command is a run of `uml_mconsole`. */
export class Mconsole {
  readonly #socket: string;
  readonly #options: ResolvedOptions;

  /** Of the kernel whose socket is `socket`. */
  constructor(socket: string, options: ResolvedOptions) {
    this.#socket = socket;
    this.#options = options;
  }

  /** Says `command` and returns the answer, without its `OK`. Throws `HYPERVISOR` for a refusal or none in time, and the signal's reason. */
  async say(command: Command, { signal }: AbortOptions = {}): Promise<string> {
    signal?.throwIfAborted();
    const tool = await locateProgram('uml_mconsole', this.#options.mconsole, process.env['PATH']);
    if (typeof tool === 'string') throw hypervisorError(DRIVER, command, tool);
    const options = { timeout: this.#options.answerTimeoutMs, killSignal: 'SIGKILL', signal } as const;
    const answer = await run(tool.path, [this.#socket, command], options).then(
      ({ stdout }) => stdout.trim(),
      (error: Error & { readonly stdout?: string }) => {
        signal?.throwIfAborted();
        // Its exit code tells a refusal from success, but not from silence.
        if (error.stdout?.startsWith('ERR') === true) return error.stdout.trim();
        throw hypervisorError(DRIVER, command, `the kernel does not answer: ${messageOf(error)}`, { cause: error });
      },
    );
    if (answer.startsWith('OK')) return answer.slice(2).trim();
    throw hypervisorError(DRIVER, command, `the kernel refuses ${command}: ${answer}`, { native: answer });
  }
}
