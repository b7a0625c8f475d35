import type { JsonValue, NetworkConfig, PortForward, SharedDir } from '@vmrs/core';
import { type Command, InvalidArgumentError } from 'commander';
import {
  collecting,
  parseDriverOption,
  parseMemory,
  parseNetwork,
  parsePublish,
  parseShare,
  parseWhole,
} from './parse-flags.ts';

/** The flags that describe a VM, as parsed. */
export interface VmFlags {
  readonly namespace?: string;
  readonly file?: string;
  readonly guest?: boolean;
  readonly env?: readonly (readonly [string, string])[];
  readonly name?: string;
  readonly kernel?: string;
  readonly initramfs?: string;
  readonly rootDisk?: string;
  readonly dataDisk?: string;
  readonly seedIso?: string;
  readonly cpus?: number;
  readonly memory?: number;
  readonly net?: readonly (NetworkConfig | 'none')[];
  readonly publish?: readonly PortForward[];
  readonly share?: readonly SharedDir[];
  readonly serialLog?: string;
  readonly cmdline?: string;
  readonly netns?: string;
  readonly vsock?: boolean;
  readonly machineId?: string;
  readonly efiVars?: string;
  readonly rosetta?: boolean;
  readonly driverOption?: readonly { readonly path: readonly string[]; readonly value: JsonValue }[];
}

/** Adds the flags that describe a VM. */
export function addVmFlags(command: Command): Command {
  return command
    .option(
      '-f, --file <file>',
      'file that describes the VM, in YAML or JSON (default: vmrs.yaml, vmrs.yml or vmrs.json here, if there is one)',
    )
    .option('--guest', 'boot the small Linux guest that comes with vmrs: needs no kernel of yours; downloaded once')
    .option(
      '--env <name[=value]>',
      "environment of the command in the small guest; without a value that of vmrs's own, which nobody sees in a list of processes; may be repeated",
      collecting(parseEnv),
    )
    .option('--name <name>', 'name of the VM (default: made up)')
    .option('--kernel <file>', 'kernel image')
    .option('--initramfs <file>', 'initial RAM file system')
    .option('--root-disk <file>', 'root disk, raw or qcow2')
    .option('--data-disk <file>', 'a further disk')
    .option('--seed-iso <file>', 'cloud-init seed')
    .option('--cpus <number>', 'virtual CPUs (default: 1)', parseWhole)
    .option('--memory <size>', 'MiB, or such as 2g (default: 512)', parseMemory)
    .option(
      '--net <network>',
      'nat, tap (made for it), tap:NAME, socket:PATH, socket:fd=N, each with ",mac=..."; none; may be repeated (default: none; nat with --guest)',
      collecting(parseNetwork),
    )
    .option(
      '-p, --publish <ports>',
      'forward a port of the host: [ADDRESS:]HOST:GUEST[/udp]; adds a nat network where there is none; may be repeated',
      collecting(parsePublish),
    )
    .option('--share <folder:tag[:ro]>', 'share a folder with the guest; may be repeated', collecting(parseShare))
    .option('--serial-log <file>', "where the guest's console goes (default: in the VM's own folder)")
    .option('--cmdline <text>', "kernel command line; replaces the driver's")
    .option('--netns <name>', 'network namespace of the VMM')
    .option('--vsock', 'give the guest a vsock device')
    .option('--machine-id <id>', 'identity that stays over boots')
    .option('--efi-vars <file>', 'boot through UEFI, with this variable store')
    .option('--rosetta', 'Rosetta translation in the guest (macOS)')
    .option(
      '--driver-option <name=value>',
      "option of the driver for this VM; see the driver's page; may be repeated",
      collecting(parseDriverOption),
    );
}

function parseEnv(text: string): readonly [string, string] {
  const [name = '', ...rest] = text.split('=');
  if (rest.length > 0) return [name, rest.join('=')];
  const own = process.env[name];
  if (own === undefined) throw new InvalidArgumentError(`'${name}' is not in the environment; give ${name}=VALUE.`);
  return [name, own];
}
