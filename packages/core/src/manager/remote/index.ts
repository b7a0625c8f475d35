export { Neighbours } from './neighbours.ts';
export { letOthersAsk } from './owner-server.ts';
export type { ReachOptions } from './reach-owner.ts';
export { REACH_MS, reachOwner } from './reach-owner.ts';
export type { RemoteVm } from './remote-vm.ts';
