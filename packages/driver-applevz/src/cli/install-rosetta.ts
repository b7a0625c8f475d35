import { loadAddon } from '@vmrs/applevz-addon';
import { EXIT, type Terminal } from './terminal.ts';

/** `vmrs-applevz install-rosetta`: has macOS install Rosetta for Linux guests, for which it asks the user. Rejects with the framework's failure. */
export async function installRosetta({ out, err, env }: Terminal): Promise<number> {
  const addon = loadAddon({ env });
  switch (addon.hostFacts().rosetta) {
    case 'installed':
      out('Rosetta is installed\n');
      return EXIT.fine;
    case 'unsupported':
      err('Rosetta for Linux guests needs macOS 13 or later on Apple silicon\n');
      return EXIT.failed;
    case 'not-installed':
      await addon.installRosetta();
      out('Rosetta was installed\n');
      return EXIT.fine;
  }
}
