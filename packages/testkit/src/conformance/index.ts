export { CONFORMANCE_CHECKS } from './all-checks.ts';
export type { ConformanceCheck } from './check.ts';
export type { ConformanceRunner } from './describe-driver-conformance.ts';
export { describeDriverConformance } from './describe-driver-conformance.ts';
export type { CheckReport, ConformanceReport, RunOptions } from './run-driver-conformance.ts';
export { runDriverConformance } from './run-driver-conformance.ts';
export { type ConformanceSubject, type GuestConfig, type GuestKind, isMissing, type Missing } from './subject.ts';
