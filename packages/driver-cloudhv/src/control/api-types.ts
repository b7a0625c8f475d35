import type { components } from './api-schema.ts';

type Schemas = components['schemas'];

/** The body of `vm.create`, as Cloud Hypervisor has it; keys that it does not know it ignores in silence. */
export type ApiVmConfig = Schemas['VmConfig'];
/** One disk. */
export type ApiDisk = Schemas['DiskConfig'];
/** One network interface. */
export type ApiNet = Schemas['NetConfig'];
/** One virtio-fs device. */
export type ApiFs = Schemas['FsConfig'];
/** The guest's memory. */
export type ApiMemory = Schemas['MemoryConfig'];
/** The guest's CPUs. */
export type ApiCpus = Schemas['CpusConfig'];
/** Limits of one disk or network interface. */
export type ApiRateLimit = Schemas['RateLimiterConfig'];
/** The answer of `vm.info`. */
export type ApiVmInfo = Schemas['VmInfo'];
/** The answer of `vmm.ping`. */
export type ApiPing = Schemas['VmmPingResponse'];
