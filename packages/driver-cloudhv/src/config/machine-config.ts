import type { BootSpec } from '@vmrs/core/driver';
import type { ApiCpus, ApiMemory, ApiVmConfig } from '../control/api-types.ts';
import type { VmOptions } from '../vm-options.ts';

const MIB = 1024 * 1024;
const HUGEPAGE_BYTES = { '2M': 2 * MIB, '1G': 1024 * MIB } as const;

/** The guest's CPUs. */
export function cpuConfig({ cpus }: Pick<BootSpec, 'cpus'>, options: VmOptions): ApiCpus {
  const { cpuTopology, cpuAffinity } = options;
  return {
    boot_vcpus: cpus,
    max_vcpus: options.maxCpus ?? cpus,
    nested: options.nested,
    ...(cpuTopology
      ? {
          topology: {
            threads_per_core: cpuTopology.threadsPerCore,
            cores_per_die: cpuTopology.coresPerDie,
            dies_per_package: cpuTopology.diesPerPackage,
            packages: cpuTopology.packages,
          },
        }
      : {}),
    ...(cpuAffinity.length === 0
      ? {}
      : { affinity: cpuAffinity.map(({ cpu, hostCpus }) => ({ vcpu: cpu, host_cpus: [...hostCpus] })) }),
  };
}

/** The guest's memory. What a vhost-user device such as virtio-fs maps must be shared. */
export function memoryConfig(spec: Pick<BootSpec, 'memoryMb' | 'sharedDirs'>, options: VmOptions): ApiMemory {
  const { hugepages, maxMemoryMb } = options;
  return {
    size: spec.memoryMb * MIB,
    shared: sharesMemory(spec, options),
    mergeable: options.mergeable,
    thp: options.thp,
    ...(hugepages === false ? {} : { hugepages: true }),
    ...(typeof hugepages === 'string' ? { hugepage_size: HUGEPAGE_BYTES[hugepages] } : {}),
    ...(maxMemoryMb === null
      ? {}
      : {
          hotplug_size: (maxMemoryMb - spec.memoryMb) * MIB,
          hotplug_method: options.memoryHotplug === 'acpi' ? 'Acpi' : 'VirtioMem',
        }),
  };
}

/** Whether the guest's memory is a file that helpers can map. */
export function sharesMemory(spec: Pick<BootSpec, 'sharedDirs'>, { sharedMemory }: VmOptions): boolean {
  return sharedMemory ?? spec.sharedDirs.length > 0;
}

/** The balloon, where one was asked for; to be spread into the configuration. */
export function balloonConfig({ balloon }: VmOptions): Pick<ApiVmConfig, 'balloon'> {
  if (!balloon) return {};
  return {
    balloon: {
      size: (balloon.sizeMb ?? 0) * MIB,
      deflate_on_oom: balloon.deflateOnOom ?? false,
      free_page_reporting: balloon.freePageReporting ?? false,
    },
  };
}
