import { ChApiError } from './api-error.ts';
import type { HttpRequest } from './http-request.ts';
import type { HttpAnswer } from './http-server.ts';
import type { ChSettings } from './settings.ts';
import type { ChDialect } from './versions.ts';
import type { StandInVmm } from './vmm.ts';

/** What an endpoint answers with: content, or null for none. */
type Handler = (
  vmm: StandInVmm,
  body: unknown,
) => Promise<object | null> | object | null | undefined | Promise<void> | void;

/** Endpoints that take no body; one with a body is a 400. */
const BARE: Readonly<Record<string, Handler>> = {
  'vm.delete': (vmm) => vmm.delete(),
  'vm.boot': (vmm) => vmm.boot(),
  'vm.shutdown': (vmm) => vmm.shutdown(),
  'vm.reboot': (vmm) => vmm.reboot(),
  'vm.power-button': (vmm) => vmm.pressPowerButton(),
  'vm.pause': (vmm) => vmm.pause(),
  'vm.resume': (vmm) => vmm.resume(),
  'vm.nmi': (vmm) => vmm.nmi(),
};

/** Endpoints that take one. */
const WITH_BODY: Readonly<Record<string, Handler>> = {
  'vm.create': (vmm, body) => vmm.create(body),
  'vm.snapshot': (vmm, body) => vmm.snapshot(body),
  'vm.restore': (vmm, body) => vmm.restore(body),
  'vm.resize': (vmm, body) => vmm.resize(body),
  'vm.resize-disk': (vmm, body) => vmm.resize(body),
  'vm.add-disk': (vmm, body) => vmm.addDevice('disks', body),
  'vm.add-net': (vmm, body) => vmm.addDevice('net', body),
  'vm.add-fs': (vmm, body) => vmm.addDevice('fs', body),
  'vm.remove-device': (vmm, body) => vmm.removeDevice(body),
  // Only builds with the feature `guest_debug` can; releases are none.
  'vm.coredump': () => {
    throw new ChApiError(['Error from API', 'The coredump feature is not built in'], 404);
  },
};

const GETS: Readonly<Record<string, Handler>> = {
  'vm.info': (vmm) => vmm.info(),
  'vm.counters': (vmm) => vmm.counters(),
};

const PREFIX = '/api/v1/';
const BAD_REQUEST: HttpAnswer = { status: 400, content: JSON.stringify(['Bad Request']) };

/** Answers one request; null: never. */
export async function answer(
  { method, path, body }: HttpRequest,
  vmm: StandInVmm,
  settings: ChSettings,
  dialect: ChDialect,
): Promise<HttpAnswer | null> {
  const name = path.startsWith(PREFIX) ? path.slice(PREFIX.length) : '';
  const { hangs = [], breaksOff = [], refuses = {} } = settings.faults;
  if (hangs.includes(name)) return null;
  const refused = refuses[name];
  if (refused !== undefined) return { status: 500, content: JSON.stringify(refused) };
  const given = await perform(method, name, body, vmm, settings, dialect);
  return breaksOff.includes(name) ? { ...given, breakOff: true } : given;
}

async function perform(
  method: string,
  name: string,
  body: string,
  vmm: StandInVmm,
  { version }: ChSettings,
  dialect: ChDialect,
): Promise<HttpAnswer> {
  if (method === 'GET' && name === 'vmm.ping') {
    const ping = {
      build_version: version,
      version: version.replace(/^v/, ''),
      pid: process.pid,
      features: ['kvm', 'io_uring'],
    };
    return { status: 200, content: JSON.stringify(ping) };
  }
  if (method === 'PUT' && name === 'vmm.shutdown') {
    // It answers, then ends.
    setTimeout(() => void vmm.end(null), 5);
    return { status: 200, content: null };
  }
  const known = name === 'vmm.ping' || [BARE, WITH_BODY, GETS].some((table) => Object.hasOwn(table, name));
  if (!known) return { status: 404, content: JSON.stringify(['Not Found']) };
  const handler = method === 'GET' ? GETS[name] : method === 'PUT' ? (BARE[name] ?? WITH_BODY[name]) : undefined;
  if (handler === undefined || (Object.hasOwn(BARE, name) && body !== '')) return BAD_REQUEST;
  if (Object.hasOwn(WITH_BODY, name) && body === '') return { status: 400, content: null };
  try {
    const content = (await handler(vmm, Object.hasOwn(WITH_BODY, name) ? JSON.parse(body) : null)) ?? null;
    return content === null ? { status: 204, content: null } : { status: 200, content: JSON.stringify(content) };
  } catch (error) {
    if (error instanceof SyntaxError) return { status: 400, content: JSON.stringify([error.message]) };
    const { status, chain } = error instanceof ChApiError ? error : new ChApiError([String(error)]);
    const asSaid = status === 404 && !dialect.saysNotFound && name !== 'vm.coredump' ? 500 : status;
    return { status: asSaid, content: JSON.stringify(chain) };
  }
}
