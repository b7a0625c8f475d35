export type { DriverCandidate, ErrorCode, ErrorDetails, Evidence, Problem, RungReport } from './codes.ts';
export { ERROR_TEXT } from './codes.ts';
export type { ProcessIdentityShape } from './process-identity-shape.ts';
export type { VmErrorInit } from './vm-error.ts';
export { formatProblems, isVmError, VmError } from './vm-error.ts';
