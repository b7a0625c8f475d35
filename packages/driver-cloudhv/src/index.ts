export { type CloudHypervisor, cloudHypervisor } from './cloud-hypervisor.ts';
export { createDriver, createDriver as cloudhv } from './driver.ts';
export type { CloudHvOptions } from './options.ts';
export type { CloudHvVmOptions, RateLimit, TokenBucket } from './vm-options.ts';
