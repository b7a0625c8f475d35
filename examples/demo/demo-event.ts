/** What the demo tells, one JSON object each with `--json`. */
export type DemoEvent =
  | { readonly event: 'step'; readonly text: string }
  | { readonly event: 'driver'; readonly id: string; readonly facts: object; readonly notes: readonly string[] }
  | { readonly event: 'guest-assets'; readonly kernel: string; readonly elapsedMs: number }
  | {
      readonly event: 'state';
      readonly state: string;
      readonly elapsedMs: number;
      readonly ip?: string;
      readonly reason?: string;
    }
  | { readonly event: 'console'; readonly line: string }
  | { readonly event: 'leak'; readonly what: string }
  | { readonly event: 'error'; readonly code: string; readonly message: string; readonly console: readonly string[] }
  | { readonly event: 'done'; readonly stopped: string; readonly leaked: number; readonly elapsedMs: number };

/** Where the demo's events go. */
export interface Reporter {
  report(event: DemoEvent): void;
  /** Takes what is live off the terminal. */
  close(): void;
}
