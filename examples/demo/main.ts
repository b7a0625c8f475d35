import type { Reporter } from './demo-event.ts';
import { type DemoOptions, readOptions, USAGE } from './options.ts';
import { jsonReporter, plainReporter, terminalReporter } from './reporters.ts';
import { runDemo } from './run-demo.ts';

const options = parse();
if (options === null) process.exitCode = 2;
else if (options.help) console.log(USAGE);
else process.exitCode = await main(options);

function parse(): DemoOptions | null {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return null;
  }
}

async function main({ json }: DemoOptions): Promise<number> {
  const reporter = chooseReporter(json);
  const caller = new AbortController();
  const onSignal = (): void => caller.abort(new Error('interrupted'));
  // Not `once`: a second Ctrl-C must not end the demo in the middle of its cleaning up.
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  try {
    return await runDemo(reporter, caller.signal);
  } finally {
    reporter.close();
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}

function chooseReporter(json: boolean): Reporter {
  if (json) return jsonReporter(process.stdout);
  return process.stdout.isTTY ? terminalReporter(process.stdout) : plainReporter(process.stdout);
}
