// @ts-check

/** A failure whose message already tells the user what went wrong and what to do; it is printed without a stack. */
export class ScriptError extends Error {
  /** @param {string} message @param {{ cause?: unknown }} [options] */
  constructor(message, options) {
    super(message, options);
    this.name = 'ScriptError';
  }
}

/**
 * Prints one progress line on stderr, so that stdout stays the wrapped command's own.
 * @param {string} text
 */
export function say(text) {
  process.stderr.write(`[vmrs] ${text}\n`);
}

/**
 * Runs a script's main function and turns its outcome into the exit code.
 * @param {() => Promise<number>} main resolves with the exit code
 * @returns {Promise<void>}
 */
export async function runMain(main) {
  try {
    process.exitCode = await main();
  } catch (error) {
    if (error instanceof ScriptError) say(`error: ${error.message}`);
    else console.error(error);
    process.exitCode = 1;
  }
}
