/** What drivers of different hypervisors need alike. First-party drivers are built from it; others are welcome to it. */
export { type DiskImage, readDiskImage } from './config/disk-image.ts';
export { DISK_FIELDS, type DiskId, diskPaths, readDisks } from './config/disks.ts';
export { type KernelImage, readKernelImage } from './config/kernel-image.ts';
export { type LinuxCmdlineFacts, linuxCmdline } from './config/linux-cmdline.ts';
export { macAddresses } from './config/mac-address.ts';
export { readOrNothing } from './config/read-or-nothing.ts';
export { consoleWarning } from './console/console-warning.ts';
export { PanicWatch } from './console/panic-watch.ts';
export { type FailureInit, hypervisorError, messageOf, unsupported } from './errors.ts';
export { findProgram, isExecutable } from './host/find-program.ts';
export { locateProgram } from './host/locate-program.ts';
export { netnsPath, netnsProblems, tapProblems } from './host/network-problems.ts';
export { PerFile } from './host/per-file.ts';
export { runTool } from './host/run-tool.ts';
export { type ShortLived, startShortLived } from './host/short-lived.ts';
export { identifyVirtiofsd, locateVirtiofsd, type ReadOnlyMeans, type Virtiofsd } from './host/virtiofsd.ts';
export { type Operation, operationOf } from './operations/operation-of.ts';
export { type Called, checkedArguments, noArguments, refusedArguments } from './shape/arguments.ts';
export { above0, absolutePath, problemsOf, type Shape, whole, words } from './shape/shape.ts';
export { endSidecars, type Sidecar, type SidecarStart, startAll, startSidecar } from './sidecars/sidecar.ts';
export { takeBackSidecars } from './sidecars/take-back.ts';
export {
  removeTraces,
  type ServedShare,
  servesShare,
  startVirtiofsd,
  type VirtiofsdRun,
  type VirtiofsdSandbox,
  virtiofsdCommand,
} from './sidecars/virtiofsd.ts';
export { savedFileProblems, snapshotRefusal } from './snapshot/snapshot-refusal.ts';
export { connectOnce, connectWhenListening } from './sockets/connect.ts';
export { connectHybridVsock } from './sockets/hybrid-vsock.ts';
export { waitListening } from './sockets/wait-listening.ts';
export { startGate } from './waiting/start-gate.ts';
export { type Starting, whileStarting } from './waiting/while-starting.ts';
export { within } from './waiting/within.ts';
