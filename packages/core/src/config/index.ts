export type { BootSpec, NetworkSpec, PortForwardSpec, SharedDirSpec } from './boot-spec.ts';
export { capabilityProblems } from './capability-problems.ts';
export { vmConfigJsonSchema } from './json-schema.ts';
export type { CheckedConfig, ConfigDefaults } from './validate-config.ts';
export { checkConfig } from './validate-config.ts';
export { validateName } from './validate-name.ts';
export type { AnyVmOptions, NetworkConfig, PortForward, SharedDir, VmConfig } from './vm-config.ts';
