/** Runs the operations of one VM one after another, in the order in which they were asked for. Knows nothing of other VMs. */
export class VmQueue {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs `operation` when all earlier ones have settled, and settles like it. */
  run<T>(operation: () => Promise<T>): Promise<T> {
    const result = this.#last.then(operation);
    // The queue goes on whatever became of this operation; its caller holds `result` and sees the failure.
    this.#last = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }
}
