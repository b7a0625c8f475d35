/** A package.json as a package with the fake driver in it would have it. */
export const FAKE_MANIFEST: URL = new URL('./fixtures/fake-driver-package/package.json', import.meta.url);
