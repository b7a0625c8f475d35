/** The command line makes no sense: exit code 2. The message says what to give instead. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
