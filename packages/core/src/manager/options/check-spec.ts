import type { BootSpec } from '../../config/boot-spec.ts';
import { capabilityProblems, checkConfig } from '../../config/index.ts';
import type { VmDriver } from '../../contract/index.ts';
import { formatProblems, VmError } from '../../errors/index.ts';
import { vmLayout } from '../../store/index.ts';
import { invalidConfig } from '../refusals.ts';

/**
 * What a user asked for as a boot spec that this driver can serve. Collects every problem (core's rules, missing files, capabilities,
 * the driver's own rules) before it throws one `INVALID_CONFIG`, or `UNSUPPORTED` when capabilities are all that is missing. Without a driver only core's rules
 * are checked.
 */
export async function checkSpec(config: unknown, driver: VmDriver | null, stateRoot: string): Promise<BootSpec> {
  const { spec, problems } = await checkConfig(config, {
    serialLog: (namespace, name) => vmLayout(stateRoot, namespace, name).serialLog,
  });
  if (spec === null) throw invalidConfig(problems);
  if (driver === null) {
    if (problems.length > 0) throw invalidConfig(problems, spec.name);
    return spec;
  }
  const refused = capabilityProblems(spec, driver.capabilities);
  const others = [...problems, ...(await driver.validate(spec))];
  if (others.length > 0) throw invalidConfig([...others, ...refused.problems], spec.name);
  if (refused.problems.length === 0) return spec;
  const detail = `driver '${driver.id}': ${formatProblems(refused.problems)}`;
  throw new VmError('UNSUPPORTED', { vm: spec.name, driver: driver.id, detail, details: refused });
}
