import { stringify } from 'yaml';
import { withoutSecrets } from '../config/secrets.ts';
import { addVmFlags, type VmFlags } from '../config/vm-flags.ts';
import { vmRequest } from '../config/vm-request.ts';
import { listing } from '../io/table.ts';
import type { PlanView } from '../json/shapes.ts';
import { factsLine, vmView } from '../json/views.ts';
import { check } from '../session/checked-config.ts';
import { interruptible } from '../session/interruptible.ts';
import { makesOf } from '../session/makes.ts';
import { openForRequest } from '../session/open-manager.ts';
import { withGuest } from '../session/start-vm.ts';
import { type CommandMaker, command, optionsOf } from './command.ts';

type Flags = VmFlags & { readonly showSecrets?: boolean };

/** `vmrs plan`. */
export const planCommand: CommandMaker = (cli) => {
  const made = command('plan', 'say what run would do, with all checks, and boot nothing', [
    'vmrs plan -f vmrs.yaml',
    'vmrs plan --guest --name web',
  ]);
  made.argument('[command...]', 'after --: what would run in the small guest');
  addVmFlags(made).option('--show-secrets', 'also the kernel command line and the texts of driver options');
  made.addHelpText(
    'after',
    "\nIt shows the driver, the configuration with every default, and everything that is made for the VM. The hypervisor's own command line is\nthe driver's, and is not shown. The small guest of --guest is downloaded and built, if it is not there.",
  );
  made.action(async (words: readonly string[], _: unknown, self: typeof made) => {
    const options = optionsOf<Flags>(self);
    await interruptible(cli, async (interrupts, progress) => {
      progress.stage('looking for a driver');
      const request = await vmRequest(options, words, cli.cwd);
      const { signal } = interrupts;
      await using vms = await openForRequest(cli, options, request, { signal });
      const checked = await check(vms, await withGuest(request, { vms, progress, signal }));
      if (checked.plan === null) throw checked.error;
      const { plan } = checked;
      progress.clear();
      const config = options.showSecrets === true ? plan.spec : withoutSecrets(plan.spec);
      const view: PlanView = {
        driver: vms.driver.id,
        facts: vms.probe.facts,
        config,
        lifetime: request.extras.lifetime ?? 'detached',
        makes: makesOf(plan),
        present: plan.present === null ? null : vmView(plan.present),
      };
      cli.screen.result(view, text);
    });
  });
  return made;
};

function text({ driver, facts, config, lifetime, makes, present }: PlanView): string {
  const found = factsLine(facts);
  return [
    listing([
      ['VM', `${config.namespace}/${config.name}`],
      ['driver', found === '' ? driver : `${driver} (${found})`],
      ['lifetime', lifetime],
      ['name', present === null ? 'free' : `taken: it is ${present.state}`],
    ]),
    'makes:',
    ...makes.map(({ what, where }) => `  - ${what}: ${where}`),
    'config:',
    ...stringify(config)
      .trimEnd()
      .split('\n')
      .map((line) => `  ${line}`),
  ].join('\n');
}
