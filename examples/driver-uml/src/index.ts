export { createDriver } from './driver.ts';
export type { UmlOptions } from './options.ts';
