export { ENTITLEMENT } from './entitlement.ts';
export { HostChooser } from './host-chooser.ts';
export type { NodeFacts } from './node-facts.ts';
export { HOST_VARIABLE, type HostExecutable, type HostPlan, type ProcessFacts, planHost } from './plan-host.ts';
export { findPreparedHost, prepareHost } from './prepare-host.ts';
export type { PrepareHostOptions, PrepareSeams } from './prepare-options.ts';
export type { PreparedHost, PrepareStep } from './prepared-host.ts';
export { type PrepareTools, TOOLS } from './tools.ts';
