import type { Reporter } from './demo-event.ts';
import { readOptions, USAGE } from './options.ts';
import { jsonReporter, plainReporter, terminalReporter } from './reporters.ts';
import { runDemo } from './run-demo.ts';

const options = readOptions(process.argv.slice(2));
if (options.help) console.log(USAGE);
else process.exitCode = await main();

async function main(): Promise<number> {
  const reporter = chooseReporter();
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

function chooseReporter(): Reporter {
  if (options.json) return jsonReporter(process.stdout);
  return process.stdout.isTTY ? terminalReporter(process.stdout) : plainReporter(process.stdout);
}
