export type { ChFaults, ChSettings } from './settings.ts';
export { ECHO_PORT } from './vsock-device.ts';
export { writeCloudHypervisor } from './write-cloud-hypervisor.ts';
