import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { abortedError, GuestError } from '../errors/guest-error.ts';

/** A transfer may take as long as it likes, but not without receiving anything for this long. */
const IDLE_TIMEOUT_MS = 30_000;

/** What a download may be told. */
export interface DownloadOptions {
  /** The digest that the bytes must have; without it they are taken as they are. */
  readonly sha256?: string | undefined;
  /** The expected number of bytes; more than that is refused while it arrives. */
  readonly size?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly idleTimeoutMs?: number | undefined;
  readonly onReceived?: ((receivedBytes: number, totalBytes: number | undefined) => void) | undefined;
}

/** Downloads a file. Throws `DOWNLOAD_FAILED`, `CHECKSUM_MISMATCH`, `ABORTED`; the caller removes what was written. */
export async function downloadToFile(url: string, path: string, options: DownloadOptions = {}): Promise<void> {
  await download(url, createWriteStream(path, { flags: 'wx' }), options);
}

/** Downloads into memory. Throws as `downloadToFile` does. */
export async function downloadBytes(url: string, options: DownloadOptions = {}): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  await download(url, sink, options);
  return Buffer.concat(chunks);
}

async function download(url: string, sink: Writable, options: DownloadOptions): Promise<void> {
  const idle = new AbortController();
  const idleTimeoutMs = options.idleTimeoutMs ?? IDLE_TIMEOUT_MS;
  const timer = setTimeout(() => idle.abort(new Error(`nothing received for ${idleTimeoutMs} ms`)), idleTimeoutMs);
  const signal = options.signal === undefined ? idle.signal : AbortSignal.any([idle.signal, options.signal]);
  const hash = createHash('sha256');
  let received = 0;
  try {
    const response = await fetch(url, { signal });
    if (!response.ok || response.body === null) throw new Error(`the server answered ${response.status}`);
    const total = options.size ?? contentLength(response);
    const body = Readable.fromWeb(response.body as ReadableStream<Uint8Array>);
    await pipeline(
      body,
      async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          timer.refresh();
          received += chunk.length;
          if (options.size !== undefined && received > options.size) throw mismatch(url, 'it is longer than promised');
          hash.update(chunk);
          options.onReceived?.(received, total);
          yield chunk;
        }
      },
      sink,
      { signal },
    );
  } catch (cause) {
    sink.destroy();
    if (options.signal?.aborted) throw abortedError(`downloading ${url}`, options.signal.reason);
    if (cause instanceof GuestError) throw cause;
    throw new GuestError(
      'DOWNLOAD_FAILED',
      `cannot download ${url}: ${reason(idle.signal.aborted ? idle.signal.reason : cause)}`,
      { cause },
    );
  } finally {
    clearTimeout(timer);
  }
  if (options.sha256 !== undefined && hash.digest('hex') !== options.sha256) {
    throw mismatch(url, 'its SHA-256 is not the one in the index');
  }
}

function contentLength(response: Response): number | undefined {
  const value = Number(response.headers.get('content-length') ?? Number.NaN);
  return Number.isSafeInteger(value) ? value : undefined;
}

function mismatch(url: string, why: string): GuestError {
  return new GuestError(
    'CHECKSUM_MISMATCH',
    `what was downloaded from ${url} is not what the package index promises: ${why}. Try again, or another mirror.`,
  );
}

/** The innermost message: `fetch` hides the network's own error below "fetch failed". */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? reason(error.cause) : error.message;
}
