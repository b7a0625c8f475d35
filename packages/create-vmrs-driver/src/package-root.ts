/** The folder of this package: above `src` as it is written, above `dist` as it is published. */
export function packageRoot(): URL {
  return new URL('../', import.meta.url);
}
