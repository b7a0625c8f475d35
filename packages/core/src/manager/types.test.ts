import { describe, expectTypeOf, it } from 'vitest';
import type { AnyVmOptions, VmConfig } from '../config/index.ts';
import type { NoVmOptions, VmDriver } from '../contract/index.ts';
import type { PortableVm } from './portable-vm.ts';
import type { Vm } from './vm.ts';
import type { VmManager } from './vm-manager.ts';

// Checked by the compiler (`pnpm typecheck`); nothing here runs. Each `@ts-expect-error` fails when the line below it compiles.

interface AcmeOptions {
  readonly turbo?: boolean;
}

declare const acme: () => VmDriver<AcmeOptions>;
declare const plain: () => Promise<VmDriver<NoVmOptions>>;
declare const unknownDriver: VmDriver;
declare const open: typeof VmManager.open;

describe('the types of', () => {
  it('a portable VM open what was asked for, and nothing else', () => {
    const use = async (vm: PortableVm): Promise<void> => {
      await vm.stop();
      // @ts-expect-error: not every driver can.
      await vm.pause();
      if (vm.can('pause')) {
        await vm.pause();
        await vm.resume();
        // @ts-expect-error: only pausing was asked for.
        await vm.snapshot('/s');
        if (vm.can('snapshot')) await vm.snapshot('/s');
      }
      if (!vm.can('snapshot')) {
        await vm.kill();
        return;
      }
      await vm.snapshot('/s');
      if (vm.can('netns')) await vm.stop();
    };
    expectTypeOf<Vm>().toExtend<PortableVm>();
    expectTypeOf(use).parameter(0).toEqualTypeOf<PortableVm>();
  });

  it('a VM leave everything to be called, also where it was found unable', () => {
    const use = async (vm: Vm): Promise<void> => {
      await vm.snapshot('/s');
      if (!vm.can('snapshot')) await vm.stop();
      else await vm.snapshot('/s');
      await vm.pause();
    };
    expectTypeOf(use).toBeFunction();
  });

  it('a configuration follow the drivers that the manager was opened with', () => {
    const boot = async (): Promise<void> => {
      const one = await open({ drivers: [acme()] });
      await one.boot({ name: 'web', driverOptions: { turbo: true } });
      // @ts-expect-error: the driver has no such option.
      await one.boot({ name: 'web', driverOptions: { trubo: true } });
      // @ts-expect-error: it is no number.
      await one.restore('/s', { driverOptions: { turbo: 1 } });

      const lazy = await open({ drivers: [acme] });
      // @ts-expect-error: also of a factory.
      await lazy.boot({ name: 'web', driverOptions: { trubo: true } });

      const none = await open({ drivers: [plain] });
      await none.boot({ name: 'web', driverOptions: {} });
      // @ts-expect-error: it has no options at all.
      await none.boot({ name: 'web', driverOptions: { turbo: true } });

      const either = await open({ drivers: [acme, plain] });
      await either.boot({ name: 'web', driverOptions: { turbo: true } });
    };
    expectTypeOf(boot).toBeFunction();
  });

  it('a configuration leave options open where the driver is not known', () => {
    const boot = async (): Promise<void> => {
      const found = await open();
      await found.boot({ name: 'web', driverOptions: { anything: { at: ['all'] } } });
      const given = await open({ drivers: [unknownDriver] });
      await given.boot({ name: 'web', driverOptions: { anything: 1 } });
      const general: VmManager = await open({ drivers: [acme] });
      await general.boot({ name: 'web', driverOptions: { anything: 1 } });
    };
    expectTypeOf(boot).toBeFunction();
    expectTypeOf<VmConfig['driverOptions']>().toEqualTypeOf<AnyVmOptions | undefined>();
  });
});
