export { createDriver } from './driver.ts';
export type { AcmevisorOptions } from './options.ts';
