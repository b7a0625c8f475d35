/**
 * What a version of a driver can do at all, whatever the host: frozen plain data. What *this* host allows is the answer
 * of `probe()`. A capability that is false has a consequence: the operation is absent from the machine, the config field
 * is refused with `UNSUPPORTED` before anything happens. The conformance suite checks both directions.
 */
export interface DriverCapabilities {
  /** `machine.requestStop`: the guest can be asked to power off. */
  readonly powerButton: boolean;
  /** `machine.terminate`: the hypervisor can end the VM at once through its control channel. */
  readonly terminate: boolean;
  /** `machine.pause` and `machine.resume`. */
  readonly pause: boolean;
  /** `machine.snapshot` of a paused VM, and `driver.restore`. */
  readonly snapshot: boolean;
  /** `machine.vsock`, and the config field `vsock`. */
  readonly vsock: boolean;
  /** `rootDisk`. */
  readonly rootDisk: boolean;
  /** `dataDisk`. */
  readonly dataDisk: boolean;
  /** `seedIso`. */
  readonly seedIso: boolean;
  /** `networks` of type `tap`. */
  readonly tap: boolean;
  /** `networks` of type `socket`. */
  readonly socketNetwork: boolean;
  /** `networks` of type `nat`. */
  readonly nat: boolean;
  /** `ports` of a `nat` network. */
  readonly portForwards: boolean;
  /** `sharedDirs`. */
  readonly sharedDirs: boolean;
  /** `sharedDirs` with `readOnly`, enforced on the host. */
  readonly readOnlyShares: boolean;
  /** `netns`. */
  readonly netns: boolean;
  /** `machineId`. */
  readonly machineId: boolean;
  /** `efiVariableStore`. */
  readonly efiVariableStore: boolean;
  /** `rosetta`. */
  readonly rosetta: boolean;
  /** `driverOptions`: the driver has options for one VM, and refuses what it does not know. */
  readonly driverOptions: boolean;
  /** `machine.operate` and `driver.operations`: what this hypervisor can do beyond the contract. */
  readonly operations: boolean;
}

/** The name of a capability. */
export type Capability = keyof DriverCapabilities;

/** Every capability with what it means to a user, in the order of the docs' matrix. */
export const CAPABILITIES: { readonly [C in Capability]: string } = {
  powerButton: 'graceful stop: the guest is asked to power off',
  terminate: 'immediate stop through the hypervisor',
  pause: 'pause and resume',
  snapshot: 'snapshot and restore',
  vsock: 'vsock between host and guest',
  rootDisk: 'root disk',
  dataDisk: 'data disk',
  seedIso: 'cloud-init seed disk',
  tap: 'tap networking',
  socketNetwork: 'socket networking',
  nat: 'NAT networking without privileges',
  portForwards: 'port forwards to a NAT network',
  sharedDirs: 'shared directories',
  readOnlyShares: 'read-only shared directories, enforced on the host',
  netns: 'network namespace',
  machineId: 'persistent machine id',
  efiVariableStore: 'UEFI boot with a variable store',
  rosetta: 'Rosetta translation',
  driverOptions: 'options of the driver for one VM',
  operations: 'operations of its own (`vm.operate`)',
};
