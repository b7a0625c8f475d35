import { isVmError, type Lifetime, type Vm, type VmConfig, type VmManager } from '@vmrs/core';
import type { VmRequest } from '../config/vm-request.ts';
import type { Progress } from '../io/progress.ts';
import { check } from './checked-config.ts';
import { prepareGuest } from './prepare-guest.ts';

/** What a start needs besides the request. */
export interface StartOptions {
  readonly vms: VmManager;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly lifetime?: Lifetime;
}

/** The request with the small guest's kernel and initramfs in it, where that was asked for, and with a network where it costs nothing. */
export async function withGuest(
  request: VmRequest,
  { vms, progress, signal }: Omit<StartOptions, 'lifetime'>,
): Promise<VmRequest> {
  const { guest } = request.extras;
  if (guest === undefined) return request;
  progress.stage('preparing the guest');
  const { kernels, initramfs } = await prepareGuest(guest, progress, signal);
  const networks = vms.probe.usable && vms.driver.capabilities.nat ? [{ type: 'nat' }] : [];
  const config = { networks, initramfs, ...request.config };
  const whole = kernels.map((kernel) => ({ ...request, config: { ...config, kernel } }));
  const [first = request, ...others] = whole;
  for (const candidate of [first, ...others]) {
    const { problems } = await check(vms, candidate);
    if (!problems.some(({ path }) => path === 'kernel')) return candidate;
  }
  return first;
}

/** Checks, prepares and boots what was asked for. Throws what a boot throws, with the places in the file. */
export async function startVm(request: VmRequest, options: StartOptions): Promise<Vm> {
  const { vms, progress, signal } = options;
  const whole = await withGuest(request, options);
  const checked = await check(vms, whole);
  if (checked.plan === null) throw checked.error;
  const { name } = checked.plan.spec;
  const lifetime = options.lifetime ?? request.extras.lifetime;
  progress.stage(`booting ${name}`);
  try {
    return await vms.boot(whole.config as unknown as VmConfig, {
      signal,
      ...(lifetime === undefined ? {} : { lifetime }),
    });
  } catch (error) {
    if (isVmError(error, 'ABORTED')) progress.clear();
    throw error;
  }
}
