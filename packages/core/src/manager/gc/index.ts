export { collect } from './collect.ts';
export type { GcItem, GcReport } from './gc-report.ts';
