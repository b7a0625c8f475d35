import { formatProblems, VmError } from '../../errors/index.ts';
import { checkIdentity } from '../../process/index.ts';
import type { VmHome } from './vm-home.ts';

/** Refuses an operation that must not meet a living VM. Throws `ALREADY_EXISTS` for a boot, `INVALID_STATE` else, `STATE_FAILED` when life cannot be told. */
export async function refuseLiving(home: VmHome, operation: 'boot' | 'remove'): Promise<void> {
  const { record } = home;
  if (record === null || record.ended !== null || record.process === null) return;
  const { name } = home.key;
  const { pid } = record.process;
  const life = await checkIdentity(record.process);
  if (life === 'gone') return;
  if (typeof life === 'object') {
    const detail = `whether its VMM process ${pid} still lives cannot be told: ${life.unknown}`;
    throw new VmError('STATE_FAILED', { vm: name, detail, details: {} });
  }
  const detail = `its VMM process ${pid} is running; take it back with get('${name}')`;
  if (operation === 'boot') throw new VmError('ALREADY_EXISTS', { vm: name, detail, details: { state: 'running' } });
  const way = `${detail}, or end it with remove('${name}', { force: true })`;
  throw new VmError('INVALID_STATE', { vm: name, detail: way, details: { state: 'running', operation } });
}

/** Undoes what a dead controller left of the name. Throws `IO` listing what cannot be undone. */
export async function sweepRemains(home: VmHome): Promise<void> {
  const problems = await home.releaseResources();
  if (problems.length === 0) return;
  const detail = `what an earlier '${home.key.name}' left behind cannot be cleaned up: ${formatProblems(problems)}`;
  throw new VmError('IO', { vm: home.key.name, detail, details: {} });
}
