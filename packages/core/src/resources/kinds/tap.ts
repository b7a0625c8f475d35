import { VmError } from '../../errors/index.ts';

/** A tap device, by name and network namespace (null: that of this process). */
export interface TapName {
  readonly name: string;
  readonly netns: string | null;
}

/** The kind of a network device in the words of `ip` (`tun`, `bridge`, empty for hardware); null when there is no such device. */
export async function networkDeviceKind(tap: TapName): Promise<string | null> {
  const answer = await ip(tap, ['-json', '-details', 'link', 'show', 'dev', tap.name]);
  if (answer === null) return null;
  const [device]: unknown[] = JSON.parse(answer);
  return infoKind(device);
}

/** Deletes a tap of the VM. One that is gone, or whose namespace is, is success; a device of another kind is refused. Throws `IO`. */
export async function releaseTap(tap: TapName): Promise<void> {
  const kind = await networkDeviceKind(tap);
  if (kind === null) return;
  if (kind !== 'tun') {
    const detail = `network device '${tap.name}' is not a tap (${kind === '' ? 'hardware' : kind}) and is not deleted`;
    throw new VmError('IO', { detail, details: {} });
  }
  await ip(tap, ['link', 'delete', 'dev', tap.name]);
}

/** Runs `ip` in the namespace of the tap. Null when it says that there is no such device or namespace. Throws `IO`. */
export async function ip({ name, netns }: TapName, args: readonly string[]): Promise<string | null> {
  const { execa } = await import('execa');
  const result = await execa('ip', [...(netns === null ? [] : ['-netns', netns]), ...args], {
    reject: false,
    stdin: 'ignore',
    // Ordinary users often have no sbin on their path.
    env: { LC_ALL: 'C', PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` },
  });
  if (!result.failed) return result.stdout;
  if (/does not exist|Cannot find device|Cannot open network namespace .*No such file/.test(result.stderr)) return null;
  const said = result.stderr.trim() === '' ? result.shortMessage : result.stderr.trim();
  const advice = result.code === 'ENOENT' ? '; install iproute2' : '; it takes CAP_NET_ADMIN';
  throw new VmError('IO', { detail: `tap '${name}': ${said}${advice}`, details: {}, cause: result });
}

function infoKind(device: unknown): string {
  if (typeof device !== 'object' || device === null || !('linkinfo' in device)) return '';
  const info = device.linkinfo;
  if (typeof info !== 'object' || info === null || !('info_kind' in info)) return '';
  return typeof info.info_kind === 'string' ? info.info_kind : '';
}
