import type { AbortOptions, JsonObject, ProbeReport, Problem } from '@vmrs/core/driver';
import { formatVersion } from './control/qmp-message.ts';
import { messageOf } from './errors.ts';
import type { AcceleratorTrial } from './host/accelerators.ts';
import type { Helpers, QemuHost } from './host/host.ts';
import type { QemuBinary } from './host/qemu-binary.ts';
import type { ResolvedOptions } from './options.ts';

/** What this host allows, with a reason for each "no". Throws only when aborted. */
export async function probeHost(
  host: QemuHost,
  options: ResolvedOptions,
  { signal }: AbortOptions = {},
): Promise<ProbeReport> {
  if (process.platform === 'win32') return { usable: false, problems: [NO_WINDOWS], facts: {} };
  let binary: QemuBinary;
  try {
    binary = await host.binary(signal);
  } catch (error) {
    signal?.throwIfAborted();
    const fix = `install QEMU (Debian: apt install ${PACKAGE[options.arch]}; macOS: brew install qemu), or set VMRS_QEMU to its path`;
    return { usable: false, problems: [{ path: 'qemu', message: messageOf(error), fix }], facts: {} };
  }
  const [choice, forced, helpers] = await Promise.all([
    host.accelerator(binary, signal),
    host.tryForced(binary, signal),
    host.helpers(),
  ]);
  const trials = forced === null ? choice.trials : [forced];
  const broken = [
    ...binaryProblems(binary, options),
    ...(forced?.works === false ? [acceleratorProblem(forced, null)] : []),
  ];
  const limits = trials.flatMap((trial) =>
    trial.works || trial === forced ? [] : [acceleratorProblem(trial, choice.accelerator)],
  );
  return {
    usable: broken.length === 0,
    problems: [...broken, ...limits, ...helperProblems(helpers)],
    facts: {
      binary: binary.path,
      version: formatVersion(binary.version),
      package: binary.version.package,
      arch: options.arch,
      machine: options.machine,
      accelerator: choice.accelerator,
      firmware: binary.qboot,
      ...helperFacts(helpers),
    },
  };
}

const NO_WINDOWS: Problem = {
  path: 'platform',
  message: "Node.js cannot connect to QEMU's unix sockets on Windows",
  fix: 'run it inside of WSL 2',
};

const PACKAGE = { x86_64: 'qemu-system-x86', aarch64: 'qemu-system-arm' } as const;

function binaryProblems({ path, maxCpus, netdevs }: QemuBinary, { machine }: ResolvedOptions): readonly Problem[] {
  return [
    ...(maxCpus === null
      ? [
          {
            path: 'machine',
            message: `'${path}' has no machine '${machine}'`,
            fix: 'choose another with the option machine',
          },
        ]
      : []),
    // The back end came together with JSON for -netdev, which this driver relies on.
    ...(netdevs.has('dgram')
      ? []
      : [{ path: 'qemu', message: `'${path}' is older than QEMU 7.2`, fix: 'install QEMU 7.2 or newer' }]),
  ];
}

function acceleratorProblem({ accelerator, reason, fix }: AcceleratorTrial, instead: string | null): Problem {
  const used =
    instead === null
      ? ''
      : `; guests run under ${instead}${instead === 'tcg' ? ', which is several times slower' : ''}`;
  return {
    path: accelerator,
    message: `${accelerator} does not work here: ${reason}${used}`,
    ...(fix === null ? {} : { fix }),
  };
}

function helperProblems({ virtiofsd, vsock }: Helpers): readonly Problem[] {
  return [
    ...(typeof virtiofsd === 'string'
      ? [
          {
            path: 'sharedDirs',
            message: `${virtiofsd}; directories are shared by 9p, which not every guest kernel has`,
            fix: 'install virtiofsd',
          },
        ]
      : []),
    ...(typeof vsock === 'string' ? [{ path: 'vsock', message: vsock, fix: 'install vhost-device-vsock' }] : []),
  ];
}

function helperFacts({ virtiofsd, vsock }: Helpers): JsonObject {
  return {
    virtiofsd:
      typeof virtiofsd === 'string'
        ? null
        : { path: virtiofsd.path, version: virtiofsd.version, readOnly: virtiofsd.readOnly?.by ?? null },
    vsock: typeof vsock === 'string' ? null : vsock.path,
  };
}
