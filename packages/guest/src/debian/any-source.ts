import { GuestError } from '../errors/guest-error.ts';
import type { AvailablePackage, PackageSource } from './package-source.ts';

/** Asks several sources one after the other; the first that knows a package delivers it. */
export function anySource(sources: readonly PackageSource[]): PackageSource {
  const origin = new Map<AvailablePackage, PackageSource>();
  return {
    id: sources.map(({ id }) => id).join(', else '),
    async find(name, version, options) {
      const failures: GuestError[] = [];
      for (const source of sources) {
        try {
          const found = await source.find(name, version, options);
          origin.set(found, source);
          return found;
        } catch (error) {
          if (!(error instanceof GuestError) || error.code === 'ABORTED') throw error;
          failures.push(error);
        }
      }
      const reasons = failures.map(({ message }) => message).join('; ');
      throw new GuestError('NOT_FOUND', `cannot get the package ${name}: ${reasons}`, {
        cause: new AggregateError(failures),
      });
    },
    async download(wanted, path, options) {
      const source = origin.get(wanted);
      if (source === undefined) throw new TypeError('download() takes what find() of the same source has returned');
      await source.download(wanted, path, options);
    },
  };
}
