import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ChOptions, readCommandLine } from './command-line.ts';
import { answer } from './endpoints.ts';
import { EventMonitor } from './event-monitor.ts';
import { HttpServer } from './http-server.ts';
import { ChLog } from './log.ts';
import type { ChSettings } from './settings.ts';
import { dialectOf } from './versions.ts';
import { StandInVmm } from './vmm.ts';

// The program; `writeCloudHypervisor()` writes the executable that starts it with its settings.
const [, , settingsFile = '', ...args] = process.argv;
const settings: ChSettings = JSON.parse(readFileSync(settingsFile, 'utf8'));
const dialect = dialectOf(settings.version);
const commandLine = readCommandLine(args, settings.version, dialect);
if ('print' in commandLine) process.stdout.write(commandLine.print);
else if ('fail' in commandLine) {
  process.stderr.write(`${commandLine.fail}\n\nFor more information, try '--help'.\n`);
  process.exitCode = 2;
} else await run(commandLine.run);

async function run(options: ChOptions): Promise<void> {
  const { faults } = settings;
  process.umask(0o077);
  // Faults are those of VMs.
  if (options.kernel !== null) return playTrial();
  if (faults.exitAtStart !== undefined) {
    process.stderr.write(`${faults.exitAtStart.words}\n`);
    process.exit(faults.exitAtStart.code);
  }
  if (faults.sigsysAtStart === true) process.kill(process.pid, 'SIGSYS');
  if (faults.startDelayMs !== undefined) await sleep(faults.startDelayMs);
  const log = new ChLog(options.logFile, options.verbosity);
  const events = new EventMonitor(options.eventMonitor);
  events.tell('vmm', 'starting');
  let server: HttpServer | null = null;
  const exit = (code: number): void => {
    server?.close();
    process.exit(code);
  };
  const vmm = new StandInVmm({ settings, dialect, events, log, exit });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (signal === 'SIGTERM' && faults.ignoresSigterm === true) return;
      void vmm.end('VM exit event');
    });
  }
  if (options.apiSocket === null) throw new TypeError('the stand-in is driven by its API socket');
  takeSocket(options.apiSocket);
  server = new HttpServer(dialect.maxBody, (request) => answer(request, vmm, settings, dialect));
  try {
    await server.listen(options.apiSocket);
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    process.stderr.write(`Error: Error creating API server's socket: ${words}\n`);
    process.exit(1);
  }
}

/** From v53 on what is at the socket's path is taken away, under a lock file that stays; a holder of the lock is not looked for here. */
function takeSocket(path: string): void {
  if (!dialect.takesStaleSocket) return;
  writeFileSync(`${path}.lock`, '', { mode: 0o600 });
  if (existsSync(path)) rmSync(path);
}

/** Whoever gives a kernel on the command line wants to see whether guests run; this one says that they do. */
function playTrial(): void {
  process.stdout.write('VMRS');
}
