import { isIP } from 'node:net';
import { isAbsolute } from 'node:path';

/** A rule for one value: what is wrong with it, in sentences; empty when nothing is. */
export type TextRule = (value: string) => readonly string[];

/** Limit of virtio-fs for the tag of a share, in bytes. */
const MAX_TAG_BYTES = 36;
/** `IFNAMSIZ` of Linux less the closing NUL. */
const MAX_INTERFACE_BYTES = 15;
/** Linux on x86_64 and arm64 cuts a longer command line off without a word (`COMMAND_LINE_SIZE` less the closing NUL). */
const MAX_CMDLINE_BYTES = 2047;
const MAX_MACHINE_ID = 256;
const MAX_NETNS_BYTES = 255;
/** Bytes of `sun_path` less the closing NUL: unix(7) on Linux, `sys/un.h` on macOS. */
const MAX_SOCKET_PATH_BYTES = { linux: 107, darwin: 103 } as const;

/** An absolute path that a system call takes as it is. */
export function pathRules(path: string): readonly string[] {
  if (path === '') return ['path must not be empty'];
  const broken: string[] = [];
  if (!isAbsolute(path)) broken.push('path must be absolute');
  if (path.includes('\0')) broken.push('path must not contain NUL characters');
  if (/[\r\n]/.test(path)) broken.push('path must not contain line breaks');
  if (!path.isWellFormed()) broken.push('path is not valid Unicode, so that no file can have it');
  return broken;
}

/** A path of a unix socket. */
export function socketPathRules(path: string, platform: NodeJS.Platform = process.platform): readonly string[] {
  const longest = platform === 'darwin' ? MAX_SOCKET_PATH_BYTES.darwin : MAX_SOCKET_PATH_BYTES.linux;
  const length = Buffer.byteLength(path);
  const tooLong = length > longest ? [`socket path is ${length} bytes long; this platform allows ${longest}`] : [];
  return [...pathRules(path), ...tooLong];
}

/** A MAC address of one network interface. */
export function macRules(mac: string): readonly string[] {
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(mac)) return ['not a MAC address; it must look like 52:54:00:12:34:56'];
  if (/^[0:]+$/.test(mac)) return ['must not be the zero address'];
  const groupBit = Number.parseInt(mac.slice(0, 2), 16) & 1;
  return groupBit === 1 ? ['must not be a multicast or broadcast address; its first byte must be even'] : [];
}

/** A name that the Linux kernel takes for a network interface (`dev_valid_name`), and that no tool takes for an option. */
export function interfaceRules(name: string): readonly string[] {
  if (name === '') return ['interface name must not be empty'];
  const broken: string[] = [];
  const length = Buffer.byteLength(name);
  if (length > MAX_INTERFACE_BYTES)
    broken.push(`interface name must be at most ${MAX_INTERFACE_BYTES} bytes, this has ${length}`);
  if (name === '.' || name === '..') broken.push(`interface name must not be '${name}'`);
  if (name.startsWith('-')) broken.push("interface name must not start with '-'");
  if (/[/:%\s\p{Cc}]/u.test(name))
    broken.push("interface name must not contain '/', ':', '%', spaces or control characters");
  return broken;
}

/** The name of a network namespace: a file name. */
export function netnsRules(name: string): readonly string[] {
  if (name === '') return ['network namespace must not be empty'];
  const broken: string[] = [];
  if (Buffer.byteLength(name) > MAX_NETNS_BYTES)
    broken.push(`network namespace must be at most ${MAX_NETNS_BYTES} bytes`);
  if (name.startsWith('.') || name.startsWith('-')) broken.push("network namespace must not start with '.' or '-'");
  if (/[/\s\p{Cc}]/u.test(name)) broken.push("network namespace must not contain '/', spaces or control characters");
  return broken;
}

/** The tag by which the guest mounts a share. */
export function tagRules(tag: string): readonly string[] {
  if (tag === '') return ['tag must not be empty'];
  const broken: string[] = [];
  if (Buffer.byteLength(tag) > MAX_TAG_BYTES) broken.push(`tag must be at most ${MAX_TAG_BYTES} bytes`);
  if (!/^[A-Za-z0-9._-]*$/.test(tag))
    broken.push('tag must contain only alphanumeric characters, hyphens, underscores, and dots');
  if (tag.startsWith('.') || tag.startsWith('-')) broken.push("tag must not start with '.' or '-'");
  return broken;
}

/** A kernel command line. */
export function cmdlineRules(cmdline: string): readonly string[] {
  const broken = singleLineRules(cmdline);
  const length = Buffer.byteLength(cmdline);
  if (length <= MAX_CMDLINE_BYTES) return broken;
  return [
    ...broken,
    `must be at most ${MAX_CMDLINE_BYTES} bytes, this has ${length}: kernels cut longer ones off silently`,
  ];
}

/** An identity of a machine; its form is the driver's concern. */
export function machineIdRules(id: string): readonly string[] {
  if (id === '') return ['must not be empty'];
  const tooLong = id.length > MAX_MACHINE_ID ? [`must be at most ${MAX_MACHINE_ID} characters`] : [];
  return [...singleLineRules(id), ...tooLong];
}

/** A numeric address of the host to listen on. */
export function hostAddressRules(address: string): readonly string[] {
  return isIP(address) === 0 ? ['must be an IPv4 or IPv6 address'] : [];
}

function singleLineRules(text: string): readonly string[] {
  const broken: string[] = [];
  if (/[\0\r\n]/.test(text)) broken.push('must not contain NUL characters or line breaks');
  if (!text.isWellFormed()) broken.push('is not valid Unicode');
  return broken;
}
