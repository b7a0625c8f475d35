import type { AbortOptions, JsonObject, ProbeReport, Problem } from '@vmrs/core/driver';
import { messageOf } from './errors.ts';
import { mayPageOnDemand, whyNotUsable } from './host/access.ts';
import { BINARY_VARIABLE, type ChBinary } from './host/binary.ts';
import { knownHole } from './host/features.ts';
import type { ChHost, Helpers } from './host/host.ts';

/** What this host allows, with a reason and a fix for each "no". Throws only when aborted. */
export async function probeHost(host: ChHost, { signal }: AbortOptions = {}): Promise<ProbeReport> {
  if (process.platform !== 'linux') return { usable: false, problems: [NO_LINUX], facts: {} };
  let binary: ChBinary;
  try {
    binary = await host.binary(signal);
  } catch (error) {
    signal?.throwIfAborted();
    const fix = `install Cloud Hypervisor v52 or later, or set ${BINARY_VARIABLE} to its path`;
    return { usable: false, problems: [{ path: 'cloud-hypervisor', message: messageOf(error), fix }], facts: {} };
  }
  const [kvm, tun, onDemand, helpers] = await Promise.all([
    whyNotUsable('/dev/kvm'),
    whyNotUsable('/dev/net/tun'),
    mayPageOnDemand(),
    host.helpers(),
  ]);
  signal?.throwIfAborted();
  const dead = kvm === null ? await host.whyNoGuestRuns(binary, signal) : null;
  return {
    usable: kvm === null && dead === null,
    problems: [
      ...kvmProblems(kvm),
      ...guestProblems(dead),
      ...holeProblems(binary),
      ...tunProblems(tun),
      ...onDemandProblems(onDemand, binary),
      ...helperProblems(helpers),
      ...privilegeProblems(),
    ],
    facts: facts(binary, helpers, { kvm: kvm === null, tun: tun === null, onDemandRestore: onDemand }),
  };
}

const NO_LINUX: Problem = {
  path: 'platform',
  message: 'Cloud Hypervisor runs on Linux with KVM only',
  fix: 'use @vmrs/driver-qemu or @vmrs/driver-applevz here',
};

function kvmProblems(kvm: 'absent' | 'forbidden' | null): readonly Problem[] {
  switch (kvm) {
    case 'absent':
      return [
        {
          path: '/dev/kvm',
          message: 'this host has no KVM',
          fix: 'load kvm_intel or kvm_amd, turn virtualization on in the firmware, or allow nested virtualization where this is a VM itself',
        },
      ];
    case 'forbidden':
      return [
        {
          path: '/dev/kvm',
          message: 'this user may not use KVM',
          fix: 'add the user to the group that owns it: usermod -aG kvm <user>, then log in again',
        },
      ];
    case null:
      return [];
  }
}

function guestProblems(dead: string | null): readonly Problem[] {
  if (dead === null) return [];
  const message = `KVM is here and does not run guests: ${dead}`;
  return [{ path: '/dev/kvm', message, fix: 'run on a host whose virtualization works, or use @vmrs/driver-qemu' }];
}

function holeProblems({ path, version }: ChBinary): readonly Problem[] {
  const hole = knownHole(version);
  if (hole === null) return [];
  const message = `'${path}' is ${version.text}, which has ${hole}`;
  return [{ path: 'cloud-hypervisor', message, fix: 'upgrade to v52 or later' }];
}

function tunProblems(tun: 'absent' | 'forbidden' | null): readonly Problem[] {
  if (tun === null) return [];
  const message = tun === 'absent' ? 'this host has no tun device' : 'this user may not use the tun device';
  return [{ path: 'networks', message, fix: tun === 'absent' ? 'modprobe tun' : 'run as root, or change its mode' }];
}

function onDemandProblems(may: boolean, { features }: ChBinary): readonly Problem[] {
  if (features.onDemandRestore === null) {
    const message = 'this Cloud Hypervisor restores memory only by copying it';
    return [{ path: 'restore', message, fix: 'upgrade to v52 or later' }];
  }
  if (may) return [];
  return [
    {
      path: 'restore',
      message: 'this user may not page memory in on demand; restores copy it',
      fix: 'give the user access to /dev/userfaultfd, or: sysctl vm.unprivileged_userfaultfd=1',
    },
  ];
}

function helperProblems({ virtiofsd, ip }: Helpers): readonly Problem[] {
  const missing = (path: string, helper: object | string, fix: string): readonly Problem[] =>
    typeof helper === 'string' ? [{ path, message: helper, fix }] : [];
  return [...missing('sharedDirs', virtiofsd, 'install virtiofsd'), ...missing('netns', ip, 'install iproute2')];
}

function privilegeProblems(): readonly Problem[] {
  if (process.getuid?.() === 0) return [];
  const message = 'network namespaces, private mounts and taps that are created need root';
  return [{ path: 'netns', message, fix: 'run as root where they are wanted' }];
}

function facts({ path, version, features }: ChBinary, { virtiofsd }: Helpers, host: JsonObject): JsonObject {
  return {
    binary: path,
    version: version.text,
    ...host,
    backgroundRestore: features.onDemandRestore === 'background',
    virtiofsd:
      typeof virtiofsd === 'string'
        ? null
        : { path: virtiofsd.path, version: virtiofsd.version, readOnly: virtiofsd.readOnly?.by ?? null },
  };
}
