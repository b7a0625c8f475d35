import { connect, type NetConnectOpts } from 'node:net';
import { onAbort } from '../../util/abort.ts';
import { checkedPort, type ReadinessProbe } from './probe.ts';

/** Where a TCP probe connects to. */
export interface TcpProbeOptions {
  readonly port: number;
  /** Default: the guest's address. With port forwards of a NAT network: `127.0.0.1` and the host's port. */
  readonly host?: string;
}

/** Ready when a TCP connection to the port is accepted. Throws `TypeError` for what is no port. */
export function tcp(options: number | TcpProbeOptions): ReadinessProbe {
  const { port, host } = typeof options === 'number' ? { port: options, host: undefined } : options;
  checkedPort(port);
  return {
    name: host === undefined ? `tcp:${port}` : `tcp:${host}:${port}`,
    check: (target, signal) => connects({ port, host: host ?? target.ip }, signal),
  };
}

/** Ready when a connection to the unix socket on the host is accepted; that its path exists is not enough. */
export function unixSocket(path: string): ReadinessProbe {
  return { name: `unix:${path}`, check: (_, signal) => connects({ path }, signal) };
}

async function connects(where: NetConnectOpts, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const socket = connect(where);
  const forget = onAbort(signal, (reason) => socket.destroy(reason instanceof Error ? reason : new Error('given up')));
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
  } finally {
    forget();
    socket.destroy();
  }
}
