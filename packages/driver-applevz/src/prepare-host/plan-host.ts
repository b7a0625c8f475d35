/** The variable that names an entitled executable. */
export const HOST_VARIABLE = 'VMRS_APPLEVZ_HOST';

/** Where host processes come from; options of the driver, null where nothing was said. */
export interface HostOptions {
  /** Path of an executable that behaves as Node.js does and has the entitlement. Else `$VMRS_APPLEVZ_HOST`. */
  readonly hostPath: string | null;
  /** Path of the Node.js of which a signed copy is made. Else the one that runs this. */
  readonly hostNode: string | null;
}

/** What the choice depends on besides the options. */
export interface ProcessFacts {
  /** Path of this process's executable. */
  readonly execPath: string;
  /** Whether this process has the entitlement; false also when nobody can tell. Asked only when it matters. */
  readonly entitled: () => boolean;
  /** Whether it is an Electron, which has to be told to behave as Node.js. */
  readonly electron: boolean;
}

/** An executable for host processes. */
export interface HostExecutable {
  readonly path: string;
  /** To be added to the environment of a host process. */
  readonly env: Readonly<Record<string, string>>;
  /** Why this one, in words. */
  readonly why: string;
}

/** Which executable is to be used: one that is there, or a signed copy of `node` (null: of the one that runs this). */
export type HostPlan =
  | { readonly kind: 'executable'; readonly executable: HostExecutable }
  | { readonly kind: 'prepared'; readonly node: string | null };

/**
 * Decides in which executable VMs run. First match wins: one that was named, by option before by variable; a copy of the node that was named; this very executable where it
 * is entitled; a copy of the node that runs this.
 */
export function planHost(
  { hostPath, hostNode }: HostOptions,
  env: Readonly<Record<string, string | undefined>>,
  { execPath, entitled, electron }: ProcessFacts,
): HostPlan {
  const use = (path: string, why: string): HostPlan => {
    const asNode = electron && path === execPath ? { ELECTRON_RUN_AS_NODE: '1' } : {};
    return { kind: 'executable', executable: { path, env: asNode, why } };
  };
  if (hostPath !== null) return use(hostPath, 'hostPath names it');
  const named = env[HOST_VARIABLE];
  if (named) return use(named, `${HOST_VARIABLE} names it`);
  if (hostNode !== null) return { kind: 'prepared', node: hostNode };
  return entitled() ? use(execPath, 'this process is entitled') : { kind: 'prepared', node: null };
}
