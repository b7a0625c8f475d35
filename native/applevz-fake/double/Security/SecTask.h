// How a process asks for its own entitlements.
#pragma once

#import <CoreFoundation/CoreFoundation.h>

typedef const struct __SecTask *SecTaskRef;

extern "C" {
// Of this process. To be released.
SecTaskRef _Nullable SecTaskCreateFromSelf(CFAllocatorRef _Nullable allocator);

// A true CFBoolean for an entitlement that the process has, else null. To be released.
CFTypeRef _Nullable SecTaskCopyValueForEntitlement(SecTaskRef _Nonnull task, CFStringRef _Nonnull entitlement,
                                                   CFErrorRef _Nullable *_Nullable error);
}
