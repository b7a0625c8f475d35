import { stat } from 'node:fs/promises';
import { type BootSpec, ignoreErrno, type Problem } from '@vmrs/core/driver';
import type { Features } from '../host/features.ts';
import type { Helpers } from '../host/host.ts';
import { hugepagePool } from '../host/hugepages.ts';
import type { VmOptions } from '../vm-options.ts';

/** Steps in which memory is added by ACPI, in MiB (Cloud Hypervisor's `docs/hotplug.md`). */
const ACPI_STEP_MB = 128;

/** What the options of a VM have against each other, its configuration and this Cloud Hypervisor. */
export async function optionProblems(
  spec: Pick<BootSpec, 'cpus' | 'memoryMb'>,
  options: VmOptions,
  features: Features | null,
  helpers: Pick<Helpers, 'unshare'>,
): Promise<readonly Problem[]> {
  return [
    ...cpuProblems(spec, options),
    ...memoryProblems(spec, options),
    ...featureProblems(options, features),
    ...(await hugepageProblems(spec, options)),
    ...(await mountProblems(options, helpers)),
  ];
}

function cpuProblems({ cpus }: Pick<BootSpec, 'cpus'>, { maxCpus, cpuTopology, cpuAffinity }: VmOptions): Problem[] {
  const most = maxCpus ?? cpus;
  const problems: Problem[] = [];
  if (most < cpus) {
    problems.push({ path: 'driverOptions.maxCpus', message: `must be at least the number of CPUs, ${cpus}` });
  }
  if (cpuTopology) {
    const { threadsPerCore, coresPerDie, diesPerPackage, packages } = cpuTopology;
    const product = threadsPerCore * coresPerDie * diesPerPackage * packages;
    if (product !== most) {
      const message = `must multiply to ${most}, the maximum of CPUs, and multiplies to ${product}`;
      problems.push({ path: 'driverOptions.cpuTopology', message });
    }
  }
  for (const [index, { cpu }] of cpuAffinity.entries()) {
    if (cpu < most) continue;
    problems.push({ path: `driverOptions.cpuAffinity.${index}.cpu`, message: `must be below ${most}, got ${cpu}` });
  }
  return problems;
}

function memoryProblems(
  { memoryMb }: Pick<BootSpec, 'memoryMb'>,
  { maxMemoryMb, memoryHotplug, mergeable, sharedMemory, balloon }: VmOptions,
): Problem[] {
  const problems: Problem[] = [];
  if (maxMemoryMb !== null && maxMemoryMb <= memoryMb) {
    problems.push({ path: 'driverOptions.maxMemoryMb', message: `must be above memoryMb, ${memoryMb}` });
  } else if (maxMemoryMb !== null && memoryHotplug === 'acpi' && (maxMemoryMb - memoryMb) % ACPI_STEP_MB !== 0) {
    const message = `must be memoryMb plus a multiple of ${ACPI_STEP_MB} MiB`;
    problems.push({ path: 'driverOptions.maxMemoryMb', message, fix: "or set memoryHotplug to 'virtio-mem'" });
  }
  if (mergeable && sharedMemory === true) {
    problems.push({ path: 'driverOptions.mergeable', message: 'cannot be with shared memory' });
  }
  if ((balloon?.sizeMb ?? 0) >= memoryMb) {
    problems.push({ path: 'driverOptions.balloon.sizeMb', message: `must be below memoryMb, ${memoryMb}` });
  }
  return problems;
}

function featureProblems({ seccomp }: VmOptions, features: Features | null): Problem[] {
  if (seccomp !== 'errno' || features === null || features.seccompErrno) return [];
  return [{ path: 'driverOptions.seccomp', message: "'errno' needs Cloud Hypervisor v53 or later" }];
}

/** Memory without a page behind it ends Cloud Hypervisor with SIGBUS as soon as it is touched. */
async function hugepageProblems(
  { memoryMb }: Pick<BootSpec, 'memoryMb'>,
  { hugepages }: VmOptions,
): Promise<Problem[]> {
  if (hugepages === false) return [];
  const path = 'driverOptions.hugepages';
  const pool = await hugepagePool(hugepages === true ? 'default' : hugepages);
  if (pool === null)
    return [{ path, message: `this host has no huge pages of ${hugepages === true ? 'any size' : hugepages}` }];
  const needed = Math.ceil((memoryMb * 1024) / pool.sizeKb);
  if (pool.free >= needed) return [];
  const message = `${needed} huge pages of ${pool.sizeKb} KiB are needed, and ${pool.free} are free`;
  const folder = `/sys/kernel/mm/hugepages/hugepages-${pool.sizeKb}kB`;
  return [{ path, message, fix: `echo ${needed} > ${folder}/nr_hugepages` }];
}

async function mountProblems(
  { privateMounts, privateMountPoint }: VmOptions,
  { unshare }: Pick<Helpers, 'unshare'>,
): Promise<Problem[]> {
  if (!privateMounts) return [];
  const path = 'driverOptions.privateMounts';
  if (process.getuid?.() !== 0) return [{ path, message: 'only root can make a mount namespace' }];
  if (typeof unshare === 'string') return [{ path, message: unshare, fix: 'install util-linux' }];
  const folder = await ignoreErrno(stat(privateMountPoint), 'ENOENT', 'ENOTDIR');
  if (folder?.isDirectory() === true) return [];
  return [{ path: 'driverOptions.privateMountPoint', message: `'${privateMountPoint}' is not a directory` }];
}
