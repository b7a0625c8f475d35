import { parseArgs } from 'node:util';
import { StandInVmm } from './vmm.ts';

// The program. `standInProgram()` tells where it lies; see `VmmOptions` for its options.
const { values } = parseArgs({
  options: {
    control: { type: 'string' },
    serial: { type: 'string' },
    kernel: { type: 'string' },
    vsock: { type: 'string' },
    restore: { type: 'string' },
    disk: { type: 'string', multiple: true, default: [] },
  },
});
const { control, serial, kernel, vsock, restore, disk } = values;
if (control === undefined || serial === undefined || kernel === undefined) {
  process.stderr.write('stand-in VMM: --control, --serial and --kernel are required\n');
  process.exit(2);
}
try {
  await StandInVmm.start({ control, serial, kernel, vsock, restore, disks: disk });
} catch (error) {
  process.stderr.write(`stand-in VMM: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
