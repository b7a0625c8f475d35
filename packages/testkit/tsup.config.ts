import { defineLibrary } from '../../tsup.base.ts';

export default defineLibrary([
  'src/index.ts',
  'src/cloud-hypervisor/index.ts',
  'src/cloud-hypervisor/stand-in-cloud-hypervisor.ts',
  'src/conformance/index.ts',
  'src/conformance/controller-program.ts',
  'src/conformance/import-program.ts',
  'src/fake-driver/index.ts',
  'src/mutants/index.ts',
  'src/mutants/mutated-driver.ts',
  'src/qemu/index.ts',
  'src/stand-in/index.ts',
  'src/stand-in/stand-in-vmm.ts',
]);
