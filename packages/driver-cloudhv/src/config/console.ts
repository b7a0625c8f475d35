/** The console whose output Cloud Hypervisor writes to the log, by architecture of the host. */
export function consoleOf(arch: string): 'ttyS0' | 'ttyAMA0' {
  return arch === 'arm64' ? 'ttyAMA0' : 'ttyS0';
}
