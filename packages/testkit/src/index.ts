export * from './cloud-hypervisor/index.ts';
export * from './conformance/index.ts';
export * from './fake-driver/index.ts';
export * from './faulty-file-system/index.ts';
export * from './mutants/index.ts';
export * from './stand-in/index.ts';
