import type { BootSpec } from '@vmrs/core/driver';

/** The smallest VM, validated and defaulted as core hands it to a driver. */
export function bootSpec(given: Partial<BootSpec> = {}): BootSpec {
  return {
    name: 'web-01',
    namespace: 'default',
    kernel: '/boot/Image',
    initramfs: null,
    rootDisk: null,
    dataDisk: null,
    seedIso: null,
    cpus: 2,
    memoryMb: 512,
    networks: [],
    sharedDirs: [],
    serialLog: '/state/serial.log',
    cmdline: null,
    netns: null,
    vsock: false,
    machineId: null,
    efiVariableStore: null,
    rosetta: false,
    driverOptions: {},
    ...given,
  };
}
