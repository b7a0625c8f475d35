/** What `guestAssets` is doing, for a progress display. */
export type AssetsProgress =
  /** A package source is asked which version is the newest. */
  | { readonly type: 'resolving'; readonly what: string }
  /** A package is arriving; apt does not say how far it is. */
  | {
      readonly type: 'downloading';
      readonly what: string;
      readonly receivedBytes?: number | undefined;
      readonly totalBytes?: number | undefined;
    }
  | { readonly type: 'unpacking'; readonly what: string }
  | { readonly type: 'building'; readonly what: 'vmlinux' | 'initramfs' }
  /** Everything is there; `cached` tells whether it was before. */
  | { readonly type: 'done'; readonly cached: boolean };
