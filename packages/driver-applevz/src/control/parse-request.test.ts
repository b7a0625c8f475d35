import { describe, expect, it } from 'vitest';
import { RequestParser } from './parse-request.ts';
import type { WireMachineSpec } from './protocol.ts';

const SPEC: WireMachineSpec = {
  label: 'web',
  boot: { kind: 'linux', kernel: '/k', initramfs: null, cmdline: 'console=hvc0' },
  cpus: 1,
  memoryBytes: 2 ** 29,
  machineId: null,
  nestedVirtualization: false,
  disks: [{ path: '/d', readOnly: false, caching: 'cached', synchronization: 'fsync', identifier: 'root' }],
  networks: [
    { kind: 'nat', mac: '02:00:00:00:00:01' },
    { kind: 'socket', mac: '02:00:00:00:00:02', fd: 3, mtu: 1500 },
    { kind: 'socket-path', mac: '02:00:00:00:00:05', path: '/net', local: '/net-0', mtu: 1500 },
    { kind: 'bridged', mac: '02:00:00:00:00:03', interface: 'en0' },
    { kind: 'vmnet', mac: '02:00:00:00:00:04', mode: 'shared' },
  ],
  shares: [
    { kind: 'directory', tag: 'src', path: '/s', readOnly: true },
    { kind: 'rosetta', tag: 'rosetta' },
  ],
  serialLog: '/l',
  vsock: true,
};

const parser = new RequestParser();
const create = (spec: object): object => ({ id: 1, op: 'create', args: { spec } });

describe('RequestParser', () => {
  it.each([
    create(SPEC),
    create({ ...SPEC, machineId: 'AAEC', boot: { kind: 'efi', variableStore: '/v', create: true } }),
    { id: 2, op: 'start', args: {} },
    { id: 3, op: 'save', args: { path: '/state' } },
    { id: 4, op: 'listen-vsock', args: { port: 4_294_967_295 } },
    { id: 5, op: 'set-memory-target', args: { bytes: 2 ** 34 } },
  ])('reads a request as it is: %j', (request) => {
    expect(parser.parse(request)).toEqual({ value: request });
  });

  it.each([
    ['null', null, 'Object'],
    ['a text', 'start', 'Object'],
    ['no id', { op: 'start', args: {} }, 'id'],
    ['an id that is none', { id: 0.5, op: 'start', args: {} }, 'id'],
    ['a further member', { id: 1, op: 'start', args: {}, sudo: true }, 'sudo'],
    ['an unknown operation', { id: 1, op: 'format', args: {} }, "there is no operation 'format'"],
    ['an operation of every object', { id: 1, op: 'toString', args: {} }, "there is no operation 'toString'"],
    ['arguments that it does not have', { id: 1, op: 'stop', args: { force: true } }, 'stop: force'],
    ['no arguments', { id: 1, op: 'save' }, 'args'],
    ['a port out of range', { id: 1, op: 'listen-vsock', args: { port: 2 ** 32 } }, 'listen-vsock: port'],
    ['a member of another kind', create({ ...SPEC, cpus: '2' }), 'create: spec.cpus'],
    ['an unknown boot loader', create({ ...SPEC, boot: { kind: 'bios' } }), 'create: spec.boot.kind'],
    ['a deep unknown member', create({ ...SPEC, disks: [{ ...SPEC.disks[0], size: 1 }] }), 'spec.disks.0.size'],
    ['a machine id that is not base64', create({ ...SPEC, machineId: '?' }), 'create: spec.machineId'],
  ])('says what is wrong with %s', (_, message, problem) => {
    expect(parser.parse(message)).toEqual({ problem: expect.stringContaining(problem) });
  });
});
