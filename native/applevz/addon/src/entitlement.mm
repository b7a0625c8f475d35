#include "entitlement.h"

#import <CoreFoundation/CoreFoundation.h>
#import <Security/Security.h>

#import "foundation.h"

namespace applevz {

bool HasEntitlement(const char *name) {
  SecTaskRef task = SecTaskCreateFromSelf(kCFAllocatorDefault);
  if (task == nullptr) return false;
  CFTypeRef value = SecTaskCopyValueForEntitlement(task, (__bridge CFStringRef)ToNSString(name), nullptr);
  CFRelease(task);
  if (value == nullptr) return false;
  bool has = CFGetTypeID(value) == CFBooleanGetTypeID() && CFBooleanGetValue(static_cast<CFBooleanRef>(value));
  CFRelease(value);
  return has;
}

}  // namespace applevz
