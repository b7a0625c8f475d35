import { type Command, Option } from 'commander';

/** The options that every command has. */
export interface GlobalOptions {
  /** Default `default`; see {@link namespaceOf}. */
  readonly namespace?: string;
  readonly driver?: string;
  readonly from?: string;
  readonly stateDir?: string;
  readonly runtimeDir?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly color: boolean;
  readonly logLevel?: string;
}

/** Adds the options that every command has. */
export function addGlobalOptions(program: Command): void {
  program
    .option('-n, --namespace <name>', 'namespace of the VM (default: default)')
    .option('--driver <id>', 'driver that boots VMs (default: $VMRS_DRIVER, else the usable one of highest priority)')
    .option(
      '--from <folder>',
      'application whose dependencies the drivers are (default: the one here, else the one that vmrs is installed in)',
    )
    .option('--state-dir <folder>', "where records and logs are kept (default: $VMRS_HOME, else the platform's place)")
    .option('--runtime-dir <folder>', 'where sockets are made; must be short')
    .option('--json', 'results as JSON on stdout, errors as JSON on stderr')
    .option('-q, --quiet', 'no progress and no remarks')
    .option('--no-color', 'no colours (as NO_COLOR)')
    .addOption(
      new Option('--log-level <level>', "the framework's own log on stderr").choices([
        'trace',
        'debug',
        'info',
        'warn',
        'error',
      ]),
    );
}

/** The global options as given before or after the name of the command. */
export function globalOptionsOf(command: Command): GlobalOptions {
  return command.optsWithGlobals<GlobalOptions>();
}

/** The namespace that was asked for, or the default one. */
export function namespaceOf({ namespace = 'default' }: Pick<GlobalOptions, 'namespace'>): string {
  return namespace;
}
