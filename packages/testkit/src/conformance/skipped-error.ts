import type { Missing } from './subject.ts';

/** Thrown by a check that finds out that it cannot be made here. */
export class SkippedError extends Error {
  constructor({ missing }: Missing) {
    super(missing);
    this.name = 'SkippedError';
  }
}
