/** What a guest does that concerns the VMM around it. */
export interface GuestEvents {
  /** Writes to the serial console. */
  print(bytes: string | Uint8Array): void;
  /** It powers itself off. */
  poweredOff(): void;
  /** It resets itself; the VMM begins it anew. */
  reset(): void;
  /** It tells its panic notifier of a panic. */
  panicked(): void;
  /** What runs it has failed. */
  failed(words: string): void;
}

/** One boot of a guest, by whatever runs it. */
export interface Guest {
  /** Resolves when it is executed; from a saved state it comes up suspended. */
  start(): Promise<void>;
  pressPowerButton(): Promise<void>;
  suspend(): Promise<void>;
  resume(): Promise<void>;
  /** Writes its state into the folder of a snapshot, from which another one can start. Rejects with why it cannot. */
  save(directory: string): Promise<void>;
  /** Ends it; nothing is heard of it any more. */
  end(): Promise<void>;
}
