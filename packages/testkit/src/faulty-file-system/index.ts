export type { FailureOptions } from './failing.ts';
export { failingAt, failingWhere } from './failing.ts';
export type { StepObserver } from './observed.ts';
export { observed } from './observed.ts';
export type { Step, StepOperation } from './step.ts';
