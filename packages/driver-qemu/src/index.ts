export { createDriver, createDriver as qemu } from './driver.ts';
export type { Accelerator, GuestArch, MachineType, QemuOptions } from './options.ts';
