import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ENTITLEMENT, ENTITLEMENTS_PLIST, grantedEntitlements } from './entitlement.ts';

const FOR_HANDS = fileURLToPath(new URL('../../../../native/applevz/addon/entitlements.plist', import.meta.url));

describe('the entitlements of a host program', () => {
  it('are exactly the one', () => {
    expect(grantedEntitlements(ENTITLEMENTS_PLIST)).toEqual([ENTITLEMENT]);
  });

  it('are those in the file for people who sign by hand', async () => {
    expect(grantedEntitlements(await readFile(FOR_HANDS, 'utf8'))).toEqual([ENTITLEMENT]);
  });
});

describe('grantedEntitlements', () => {
  it('reads what codesign prints in one line, and of every type', () => {
    const plist =
      '<?xml version="1.0"?><plist version="1.0"><dict><key>a</key><true/><key>b</key><false/><key>c</key><array><string>x</string></array><key>d</key><string>y</string></dict></plist>';
    expect(grantedEntitlements(plist)).toEqual(['a', 'c', 'd']);
  });

  it('finds none where there is none', () => {
    expect(grantedEntitlements('')).toEqual([]);
    expect(grantedEntitlements('<plist><dict></dict></plist>')).toEqual([]);
  });
});
