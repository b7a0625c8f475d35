import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** How a test's guest is started. */
export interface QemuOptions {
  readonly machine?: string;
  readonly kernel: string;
  readonly initramfs: string;
  readonly append: string;
  /** Arguments of the devices; default: one virtio network card on QEMU's user-mode network. */
  readonly devices?: readonly string[];
  readonly firmware?: string | undefined;
  /** Lets the guest reset itself instead of ending QEMU. */
  readonly reboots?: boolean;
}

/** What is left of the guest's console and process. */
export interface QemuGuest extends AsyncDisposable {
  readonly console: string;
  /** Resolves when the console contains a match; rejects when QEMU ends or the time is over. */
  waitFor(pattern: RegExp, timeoutMs?: number): Promise<RegExpExecArray>;
  /** Presses the power button over QMP. */
  powerButton(): Promise<void>;
  /** The exit code of QEMU; rejects when the time is over. */
  exit(timeoutMs?: number): Promise<number | null>;
}

export const QEMU = 'qemu-system-x86_64';
const USER_NETWORK = ['-netdev', 'user,id=n0', '-device', 'virtio-net-pci,netdev=n0'];
const BOOT_TIMEOUT_MS = 60_000;

/** Starts QEMU without hardware virtualization. Disposing of the guest kills it and removes its socket. */
export async function startGuest(options: QemuOptions): Promise<QemuGuest> {
  const folder = await mkdtemp(join(tmpdir(), 'vmrs-guest-'));
  const qmp = join(folder, 'qmp');
  const child = spawn(
    QEMU,
    [
      ...['-M', options.machine ?? 'q35', '-accel', 'tcg', '-cpu', 'qemu64', '-m', '256'],
      ...['-nodefaults', '-no-user-config', '-display', 'none', ...(options.reboots ? [] : ['-no-reboot'])],
      ...(options.firmware === undefined ? [] : ['-bios', options.firmware]),
      ...['-serial', 'stdio', '-qmp', `unix:${qmp},server=on,wait=off`],
      ...['-kernel', options.kernel, '-initrd', options.initramfs, '-append', options.append],
      ...(options.devices ?? USER_NETWORK),
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const ended = once(child, 'close').then(([code]) => code as number | null);
  let text = '';
  const changed = new EventTarget();
  const add = (chunk: Buffer) => {
    text += chunk.toString('utf8').replaceAll('\r', '');
    changed.dispatchEvent(new Event('text'));
  };
  child.stdout.on('data', add);
  child.stderr.on('data', add);

  return {
    get console() {
      return text;
    },
    waitFor: (pattern, timeoutMs = BOOT_TIMEOUT_MS) =>
      withDeadline(
        new Promise((resolve, reject) => {
          const look = () => {
            const match = pattern.exec(text);
            if (match !== null) resolve(match);
          };
          changed.addEventListener('text', look);
          ended.then(() => reject(new Error(`QEMU ended before ${pattern}:\n${text}`)), reject);
          look();
        }),
        timeoutMs,
        () => `no ${pattern} on the console:\n${text}`,
      ),
    powerButton: () => qmpCommand(qmp, 'system_powerdown'),
    exit: (timeoutMs = BOOT_TIMEOUT_MS) => withDeadline(ended, timeoutMs, () => `QEMU still runs:\n${text}`),
    async [Symbol.asyncDispose]() {
      await stop(child, ended);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function stop(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  await ended;
}

async function qmpCommand(path: string, command: string): Promise<void> {
  const socket = createConnection(path);
  try {
    await once(socket, 'connect');
    const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
    await lines.next(); // greeting
    for (const execute of ['qmp_capabilities', command]) {
      socket.write(`${JSON.stringify({ execute, id: execute })}\n`);
      for (;;) {
        const { value, done } = await lines.next();
        if (done) throw new Error('QMP ended');
        const message = JSON.parse(value) as { id?: string; error?: { desc: string } };
        if (message.error) throw new Error(message.error.desc);
        if (message.id === execute) break;
      }
    }
  } finally {
    socket.destroy();
  }
}

async function withDeadline<T>(promise: Promise<T>, timeoutMs: number, message: () => string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(message())), timeoutMs);
  });
  try {
    return await Promise.race([promise, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
