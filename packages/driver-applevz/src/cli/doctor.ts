import { describeProblem } from './describe-error.ts';
import { type Diagnosis, diagnose } from './diagnose.ts';
import { EXIT, type Terminal, table } from './terminal.ts';

/** `vmrs-applevz doctor`: tells what this Mac allows and what stands in the way; 0 when VMs can run. */
export async function doctor({ json }: { readonly json: boolean }, { out, env }: Terminal): Promise<number> {
  const diagnosis = await diagnose(env);
  out(json ? `${JSON.stringify(diagnosis, null, 2)}\n` : inWords(diagnosis));
  return diagnosis.usable ? EXIT.fine : EXIT.failed;
}

function inWords(diagnosis: Diagnosis): string {
  const { usable, problems } = diagnosis;
  const told = problems.length === 0 ? '' : `\nproblems\n${problems.map(describeProblem).join('')}`;
  return `${table(rows(diagnosis))}${told}\n${usable ? 'VMs can run here' : 'VMs cannot run here'}\n`;
}

function rows({ platform, node, addon, host, facts }: Diagnosis): readonly (readonly [string, string])[] {
  const yes = (is: boolean): string => (is ? 'yes' : 'no');
  const mib = (bytes: number): string => `${Math.floor(bytes / 2 ** 20)} MiB`;
  return [
    ['platform', platform],
    ['node', `${node.version} at ${node.path}`],
    ['addon', addon.found ? 'loads' : 'cannot be used'],
    ['host', host.path === null ? host.state : `${host.path} (${host.why})`],
    ...(facts === null
      ? []
      : ([
          ['macOS', `${facts.osVersion} on ${facts.arch}; the addon was built with SDK ${facts.builtWithSdk}`],
          ['asked in', facts.askedIn],
          ['hardware', facts.supported ? 'can run VMs' : 'cannot run VMs'],
          ['entitled', yes(facts.entitled)],
          ['CPUs', `${facts.minCpus} to ${facts.maxCpus}`],
          ['memory', `${mib(facts.minMemoryBytes)} to ${mib(facts.maxMemoryBytes)}`],
          ['save, restore', yes(facts.saveRestore)],
          ['EFI', yes(facts.efi)],
          ['Rosetta', facts.rosetta],
          ['nested', yes(facts.nestedVirtualization)],
          ['bridging', yes(facts.mayBridge)],
          ['vmnet', yes(facts.vmnet)],
        ] as const)),
  ];
}
