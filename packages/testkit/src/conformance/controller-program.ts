import { VmManager } from '@vmrs/core';
import type { VmDriver } from '@vmrs/core/driver';
import type { BootedElsewhere, ControllerOrder } from './second-process.ts';

// Boots one VM and says when it is ready. Then it waits to be killed, or lets go and has nothing more to do.
const { module, create, stateDir, runtimeDir, guestMs, config, lifetime, letsGo }: ControllerOrder = JSON.parse(
  process.argv[2] ?? '',
);
const exported: Record<string, () => VmDriver> = await import(module);
const createDriver = exported[create];
if (createDriver === undefined) throw new TypeError(`${module} exports no '${create}'`);
const manager = await VmManager.open({ drivers: [createDriver()], stateDir, runtimeDir });
const vm = await manager.boot(config, { lifetime });
const { ip } = await vm.ready({ timeoutMs: guestMs });
const booted: BootedElsewhere = { name: vm.name, ip };
process.stdout.write(`${JSON.stringify(booted)}\n`);
if (letsGo) await manager.close();
else setInterval(() => undefined, 60_000);
