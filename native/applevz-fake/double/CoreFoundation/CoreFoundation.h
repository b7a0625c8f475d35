// The part of Core Foundation that the addon uses: its types are ObjFW's objects, bridged without a toll.
#pragma once

#import <Foundation/NSObjCRuntime.h>

#include <MacTypes.h>

typedef const void *CFTypeRef;
typedef const struct __CFString *CFStringRef;
typedef const struct __CFBoolean *CFBooleanRef;
typedef const struct __CFError *CFErrorRef;
typedef const struct __CFAllocator *CFAllocatorRef;
typedef unsigned long CFTypeID;

#define kCFAllocatorDefault (static_cast<CFAllocatorRef>(nullptr))
#define CFSTR(text) ((__bridge CFStringRef) @text)

extern "C" {
CFTypeRef _Nonnull CFRetain(CFTypeRef _Nonnull object);
void CFRelease(CFTypeRef _Nonnull object);
CFTypeID CFGetTypeID(CFTypeRef _Nonnull object);
CFTypeID CFBooleanGetTypeID(void);
CFTypeID CFStringGetTypeID(void);
Boolean CFBooleanGetValue(CFBooleanRef _Nonnull boolean);
Boolean CFEqual(CFTypeRef _Nonnull one, CFTypeRef _Nonnull other);
}
