import type { Vm } from '@vmrs/core';
import { GuestOutput } from '../io/guest-output.ts';
import { GuestLines } from '../io/guest-text.ts';
import type { Progress } from '../io/progress.ts';
import type { Screen } from '../io/screen.ts';

/** The guest's console as it comes, shown, and watched for the end of the command in the small guest. */
export class ConsoleFeed {
  /** Settles when everything that the VM has said is written; never rejects. */
  readonly done: Promise<void>;
  /** With what the command in the guest has ended; null as long as it has not. */
  commandExit: number | null = null;

  /** `screen`: null to show nothing. `onCommandEnd`: null where there is no command. */
  constructor(vm: Vm, screen: Screen | null, progress: Progress, onCommandEnd: (() => void) | null) {
    const output = screen === null ? null : new GuestOutput(screen, { progress, wholeLines: true });
    this.done = this.#follow(vm, output, onCommandEnd).catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      screen?.complain(`the console cannot be shown any more: ${why}`);
    });
  }

  async #follow(vm: Vm, output: GuestOutput | null, onCommandEnd: (() => void) | null): Promise<void> {
    const lines = new GuestLines();
    for await (const bytes of vm.console()) {
      await output?.write(bytes);
      if (onCommandEnd === null || this.commandExit !== null) continue;
      // The line that the init of @vmrs/guest writes.
      const exit = lines.push(bytes).flatMap((line) => /^VMRS_EXIT (\d{1,3})$/.exec(line)?.[1] ?? []);
      if (exit[0] === undefined) continue;
      this.commandExit = Number(exit[0]);
      onCommandEnd();
    }
    await output?.end();
  }
}
