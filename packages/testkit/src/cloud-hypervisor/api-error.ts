/** A refusal of the API: the status and the chain of causes, outermost first. */
export class ChApiError extends Error {
  readonly status: number;
  readonly chain: readonly string[];

  constructor(chain: readonly string[], status = 500) {
    super(chain.join(': '));
    this.status = status;
    this.chain = chain;
  }
}
