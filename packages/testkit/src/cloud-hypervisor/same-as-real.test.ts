import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeCloudHypervisor } from './write-cloud-hypervisor.ts';

const real = process.env['VMRS_CLOUD_HYPERVISOR'] ?? null;
const version =
  real === null ? null : (/v\d+\.\d+/.exec(execFileSync(real, ['--version'], { encoding: 'utf8' }))?.[0] ?? null);

/** An answer, without what differs for good reasons: words, ids, sizes. */
interface Answer {
  readonly status: number;
  readonly shape: string;
}

const CREATE = {
  payload: { kernel: '/k' },
  cpus: { boot_vcpus: 1, max_vcpus: 1 },
  memory: { size: 67_108_864 },
  console: { mode: 'Off' },
};
const json = (body: object): string => JSON.stringify(body);
const put = (endpoint: string, body = ''): string =>
  `PUT /api/v1/${endpoint} HTTP/1.1\r\nHost: x\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
const get = (endpoint: string): string => `GET /api/v1/${endpoint} HTTP/1.1\r\nHost: x\r\n\r\n`;

/** What is said to both, in this order, each on a connection of its own. */
const CONVERSATION: readonly (readonly [what: string, request: string])[] = [
  ['ping', get('vmm.ping')],
  ['ping with PUT', put('vmm.ping')],
  ['info before there is a VM', get('vm.info')],
  ['boot before there is a VM', put('vm.boot')],
  ['pause before there is a VM', put('vm.pause')],
  ['an unknown endpoint', put('vm.explode')],
  ['another method', 'POST /api/v1/vm.boot HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n'],
  ['a body where none belongs', put('vm.boot', '{}')],
  ['no body where one belongs', put('vm.create')],
  ['a body that is not JSON', put('vm.create', '{')],
  ['a configuration without CPU counts', put('vm.create', json({ ...CREATE, cpus: {} }))],
  ['a share without a socket', put('vm.create', json({ ...CREATE, fs: [{ tag: 'x' }] }))],
  ['a VM with unknown keys', put('vm.create', json({ ...CREATE, no_such_key: 1 }))],
  ['a second VM', put('vm.create', json(CREATE))],
  ['its info', get('vm.info')],
  ['pause before its boot', put('vm.pause')],
  ['the power button before its boot', put('vm.power-button')],
  ['counters before its boot', get('vm.counters')],
  ['a snapshot before its boot', put('vm.snapshot', json({ destination_url: 'file:///nowhere' }))],
  ['removing what is not there', put('vm.remove-device', json({ id: 'nope' }))],
  ['a core dump', put('vm.coredump', json({ destination_url: 'file:///nowhere' }))],
  ['deleting it', put('vm.delete')],
  ['info after that', get('vm.info')],
  ['a restore of nothing', put('vm.restore', json({ source_url: 'file:///nowhere', prefault: false }))],
  ['a long header', `PUT /api/v1/vm.boot HTTP/1.1\r\nX-Long: ${'x'.repeat(2000)}\r\n\r\n`],
];

describe.skipIf(real === null)(
  `the stand-in beside Cloud Hypervisor (${real === null ? 'VMRS_CLOUD_HYPERVISOR names none' : version})`,
  () => {
    let folder: string;
    let answers: readonly (readonly Answer[])[];

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'vmrs-same-'));
      const standIn = await writeCloudHypervisor(folder, { version: version ?? '' });
      answers = [await converse(standIn, join(folder, 'a.sock')), await converse(real ?? '', join(folder, 'b.sock'))];
    }, 60_000);

    afterAll(() => rm(folder, { recursive: true, force: true }));

    it.each(CONVERSATION.map(([what], index) => [what, index] as const))('%s', (_, index) => {
      expect(answers[0]?.[index]).toEqual(answers[1]?.[index]);
    });

    it.each([
      ['--version'],
      ['--no-such-flag'],
      ['--api-socket'],
      ['--api-socket', 'a', '--api-socket', 'b'],
      ['--seccomp', 'maybe'],
    ])('%j %j %j %j', (...args) => {
      const standIn = join(folder, 'cloud-hypervisor');
      expect(ended(standIn, args)).toEqual(ended(real ?? '', args));
    });
  },
);

async function converse(binary: string, socket: string): Promise<readonly Answer[]> {
  const child: ChildProcess = spawn(binary, ['--api-socket', `path=${socket}`], { stdio: 'ignore' });
  try {
    const answers: Answer[] = [];
    for (const [, request] of CONVERSATION) answers.push(await ask(socket, request));
    return answers;
  } finally {
    child.kill('SIGKILL');
  }
}

/** Asks until somebody listens. */
async function ask(path: string, request: string): Promise<Answer> {
  for (;;) {
    const text = await new Promise<string | null>((resolve) => {
      const socket = createConnection(path);
      let read = '';
      socket.once('error', () => resolve(null));
      socket.once('connect', () => socket.write(request));
      socket.on('data', (bytes) => {
        read += bytes.toString();
        const length = /content-length: (\d+)/i.exec(read);
        const head = read.indexOf('\r\n\r\n');
        if (head === -1 || read.length < head + 4 + Number(length?.[1] ?? 0)) return;
        socket.destroy();
        resolve(read);
      });
      socket.once('close', () => resolve(read));
    });
    if (text === null) {
      await sleep(10);
      continue;
    }
    const [head = '', body = ''] = text.split('\r\n\r\n');
    return {
      status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1]),
      shape: shapeOf(body.slice(0, Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0))),
    };
  }
}

function shapeOf(body: string): string {
  if (body === '') return 'nothing';
  // Its words may have line ends in them, which is no JSON then.
  const value: unknown = JSON.parse(body.replaceAll('\n', ' '));
  if (Array.isArray(value)) return 'texts';
  return Object.keys(value as object)
    .filter((key) => ['error', 'state', 'config', 'pid', 'build_version', 'version'].includes(key))
    .sort()
    .join(' ');
}

function ended(binary: string, args: readonly string[]): { readonly status: number | null; readonly spoke: string } {
  try {
    const out = execFileSync(binary, [...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
    return { status: 0, spoke: out.split('\n')[0]?.split(' ')[0] ?? '' };
  } catch (error) {
    const { status } = error as { status: number };
    return { status, spoke: 'on stderr' };
  }
}
