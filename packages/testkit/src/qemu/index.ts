export { QemuProcess, type QemuProcessEvents } from './qemu-process.ts';
