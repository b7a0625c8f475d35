import { guestAssets } from '@vmrs/guest';

/** Builds the guests once, so that no test's time is spent on it and a missing prerequisite is told once and plainly. */
export async function setup(): Promise<void> {
  await guestAssets();
  await guestAssets({ testHooks: true });
}
