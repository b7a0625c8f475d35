import { type AbortOptions, type Clock, isVmError, linkAborts } from '@vmrs/core/driver';
import { Client, type Dispatcher } from 'undici';
import { hypervisorError, messageOf } from '../errors.ts';
import type { ApiPing, ApiVmInfo } from './api-types.ts';
import { nativeWords } from './api-words.ts';

/** Where the endpoints lie; the host of the URL means nothing on a unix socket. */
const ORIGIN = 'http://localhost';
const PREFIX = '/api/v1/';

/** An answer that takes longer than this only comes from a VMM that hangs, or that is busy with an earlier call. */
const SHORT_MS = 30_000;

/** What may be said about one call besides its body. */
export interface CallOptions extends AbortOptions {
  /** Milliseconds until the call is given up; what it began goes on in the VMM. Default 30000; null waits without end. */
  readonly deadlineMs?: number | null;
}

/**
 * The HTTP API of one Cloud Hypervisor. Its server is one thread, so calls go one after another over one connection, in the order in which they
 * were made; one that is slow keeps the others waiting in any case.
 */
export class ApiClient {
  readonly #client: Client;
  readonly #clock: Clock;

  constructor(socketPath: string, clock: Clock) {
    this.#clock = clock;
    // Deadlines are those of the calls.
    this.#client = new Client(ORIGIN, { socketPath, pipelining: 1, headersTimeout: 0, bodyTimeout: 0 });
  }

  /** Version and process of the VMM. Throws `HYPERVISOR`. */
  async ping(options?: CallOptions): Promise<ApiPing> {
    return (await this.#call('GET', 'vmm.ping', undefined, options)) as unknown as ApiPing;
  }

  /** State, configuration and devices of the VM. Throws `HYPERVISOR`. */
  async info(options?: CallOptions): Promise<ApiVmInfo> {
    return (await this.#call('GET', 'vm.info', undefined, options)) as unknown as ApiVmInfo;
  }

  /** Asks for something without effect. Throws `HYPERVISOR`. */
  async get(endpoint: string, options?: CallOptions): Promise<unknown> {
    return this.#call('GET', endpoint, undefined, options);
  }

  /** Has something done; resolves with the answer's content, null when it has none. Throws `HYPERVISOR`. */
  async put(endpoint: string, body?: object, options?: CallOptions): Promise<unknown> {
    return this.#call('PUT', endpoint, body, options);
  }

  /** Gives up the calls that are under way and closes the connection. Idempotent. */
  close(): void {
    void this.#client.destroy();
  }

  async #call(method: 'GET' | 'PUT', endpoint: string, body?: object, options: CallOptions = {}): Promise<unknown> {
    const { deadlineMs = SHORT_MS, signal } = options;
    signal?.throwIfAborted();
    const bound = linkAborts(signal);
    if (deadlineMs !== null) {
      void this.#clock.sleep(deadlineMs, bound.signal).then(
        () => bound.abort(timedOut(endpoint, deadlineMs)),
        () => undefined, // The call was over first.
      );
    }
    try {
      const { statusCode, text } = await this.#exchange(method, endpoint, body, bound.signal);
      if (statusCode >= 300) throw refused(endpoint, statusCode, text);
      return text === '' ? null : parse(endpoint, text);
    } catch (error) {
      bound.signal.throwIfAborted();
      throw isVmError(error) ? error : unreachable(endpoint, error);
    } finally {
      bound.abort(undefined);
      bound.dispose();
    }
  }

  /** Always with a Content-Length: the server does not understand chunks. */
  async #exchange(
    method: Dispatcher.HttpMethod,
    endpoint: string,
    body: object | undefined,
    signal: AbortSignal,
  ): Promise<{ readonly statusCode: number; readonly text: string }> {
    const content = body === undefined ? {} : { body: JSON.stringify(body), headers: JSON_CONTENT };
    const response = await this.#client.request({ method, path: `${PREFIX}${endpoint}`, signal, ...content });
    return { statusCode: response.statusCode, text: await response.body.text() };
  }
}

const JSON_CONTENT = { 'content-type': 'application/json' };

function unreachable(endpoint: string, cause: unknown): Error {
  return hypervisorError(endpoint, `Cloud Hypervisor cannot be reached for '${endpoint}': ${messageOf(cause)}`, {
    cause,
  });
}

function timedOut(endpoint: string, deadlineMs: number): Error {
  return hypervisorError(endpoint, `Cloud Hypervisor did not answer '${endpoint}' within ${deadlineMs} ms`);
}

function refused(endpoint: string, status: number, text: string): Error {
  const native = nativeWords(text);
  const why = native === '' ? `HTTP status ${status}` : native;
  return hypervisorError(endpoint, `Cloud Hypervisor refused '${endpoint}': ${why}`, { native: why });
}

function parse(endpoint: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const native = text.slice(0, 200);
    throw hypervisorError(endpoint, `Cloud Hypervisor's answer to '${endpoint}' is not JSON`, { native, cause });
  }
}
