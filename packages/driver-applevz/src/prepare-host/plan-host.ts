/** The variable that names an entitled executable. */
export const HOST_VARIABLE = 'VMRS_APPLEVZ_HOST';

/** What decides where VMs run; options of the driver. */
export interface HostOptions {
  /**
   * `auto`: each VM in a host process of its own. `inProcess`: in this process, which must be entitled; VMs end with it. Default `auto`.
   */
  readonly mode?: 'auto' | 'inProcess';
  /** Path of an executable that behaves as Node.js does and has the entitlement. Default `$VMRS_APPLEVZ_HOST`. */
  readonly hostPath?: string;
  /** Path of the Node.js of which a signed copy is made. Default: the one that runs this. */
  readonly hostNode?: string;
  /** Folder below which the copy is kept. Default `$VMRS_CACHE`, else `~/Library/Caches/vmrs`. */
  readonly cacheDir?: string;
}

/** What the choice depends on besides the options. */
export interface ProcessFacts {
  /** Path of this process's executable. */
  readonly execPath: string;
  /** Whether this process has the entitlement; false also when nobody could tell. */
  readonly entitled: boolean;
  /** Whether it is an Electron, which has to be told to behave as Node.js. */
  readonly electron: boolean;
}

/** Where a VM is to run, before anything is looked at or made. */
export type HostPlan =
  | { readonly kind: 'inProcess'; readonly why: string }
  | {
      readonly kind: 'process';
      readonly executable: string;
      /** To be added to the environment of the host process. */
      readonly env: Readonly<Record<string, string>>;
      readonly why: string;
    }
  /** A signed copy of `node`, null: of the one that runs this. */
  | { readonly kind: 'prepared'; readonly node: string | null; readonly why: string };

/**
 * Decides where VMs run. First match wins: `inProcess` when that was asked for; an executable that was named; this process's own executable when it is entitled; the signed
 * copy. What was named goes before what was found.
 */
export function planHost(
  { mode = 'auto', hostPath, hostNode }: HostOptions,
  env: Readonly<Record<string, string | undefined>>,
  { execPath, entitled, electron }: ProcessFacts,
): HostPlan {
  if (mode === 'inProcess') return { kind: 'inProcess', why: "mode is 'inProcess'" };
  const asNode = (executable: string): Readonly<Record<string, string>> =>
    electron && executable === execPath ? { ELECTRON_RUN_AS_NODE: '1' } : {};
  const process = (executable: string, why: string): HostPlan => ({
    kind: 'process',
    executable,
    env: asNode(executable),
    why,
  });
  if (hostPath !== undefined) return process(hostPath, 'hostPath names it');
  const named = env[HOST_VARIABLE];
  if (named) return process(named, `${HOST_VARIABLE} names it`);
  if (hostNode === undefined && entitled) return process(execPath, 'this process is entitled');
  return { kind: 'prepared', node: hostNode ?? null, why: 'a signed copy of node' };
}
