import type { Screen } from '../io/screen.ts';

/** What a command works with. */
export interface Cli {
  readonly screen: Screen;
  readonly stdin: NodeJS.ReadStream;
  /** Absolute. */
  readonly cwd: string;
  /** What the program will end with; 0 at first. */
  exitCode: number;
  /** Whether the console of the VM in question is on the screen already. */
  consoleShown: boolean;
}
