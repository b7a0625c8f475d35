/** The one entitlement of a host program. Not restricted by Apple: an ad-hoc signature may carry it. */
export const ENTITLEMENT = 'com.apple.security.virtualization';

/**
 * What a host program is signed with: exactly one entitlement. macOS kills programs that carry a restricted one without a profile, so nothing is ever added to it.
 * People who sign by hand find the same in the addon's package, as `addon/entitlements.plist`.
 */
export const ENTITLEMENTS_PLIST: string = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
	<key>${ENTITLEMENT}</key>
	<true/>
</dict>
</plist>
`;

/** The entitlements that a property list grants: names of the keys whose value is not false, in its order. Reads what `codesign` prints and we write, not any list. */
export function grantedEntitlements(plist: string): readonly string[] {
  return [...plist.matchAll(/<key>([^<]*)<\/key>\s*<(\/?[a-z]+)/g)]
    .filter(([, , value]) => value !== 'false')
    .map(([, key = '']) => key.trim());
}
