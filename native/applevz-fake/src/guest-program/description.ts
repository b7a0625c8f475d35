/** The machine whose guest the program runs, as the double's `guest/qemu-guest.cc` writes it: the first line on the control socket. */
export interface Description {
  /** null for a guest that boots by EFI. */
  readonly kernel: string | null;
  readonly initramfs: string | null;
  readonly cmdline: string;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly disks: readonly { readonly path: string; readonly readOnly: boolean; readonly identifier: string }[];
  /** `descriptor`: of a socket, in this process; null for what is no socket. */
  readonly networks: readonly {
    readonly kind: 'nat' | 'socket' | 'bridged' | 'vmnet' | 'none';
    readonly mac: string;
    readonly descriptor: number | null;
  }[];
  /** `path`: null for Rosetta, and for a device without a share. */
  readonly shares: readonly { readonly tag: string; readonly path: string | null; readonly readOnly: boolean }[];
}

/** What the double asks for, one line each; the program answers with {@link Answer}. */
export type Request =
  | { readonly id: number; readonly do: 'start' | 'suspend' | 'resume' | 'power-button' | 'end' }
  /** `path`: of a file to which the state is appended. */
  | { readonly id: number; readonly do: 'save'; readonly path: string }
  /** `offset`: of the state in the file. */
  | { readonly id: number; readonly do: 'restore'; readonly path: string; readonly offset: number };

/** `problem`: why it could not be done; null when it was. */
export interface Answer {
  readonly id: number;
  readonly problem: string | null;
}

/** What happens unasked. */
export type GuestEvent = { readonly event: 'powered-off' } | { readonly event: 'failed'; readonly words: string };
