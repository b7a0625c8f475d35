#import <Foundation/Foundation.h>
#import <Security/SecTask.h>

#include "applevz_double.h"

SecTaskRef SecTaskCreateFromSelf(CFAllocatorRef allocator) {
  (void)allocator;
  return (__bridge_retained SecTaskRef)[[NSObject alloc] init];
}

CFTypeRef SecTaskCopyValueForEntitlement(SecTaskRef task, CFStringRef entitlement, CFErrorRef *error) {
  (void)task;
  if (error != nullptr) *error = nullptr;
  NSString *name = (__bridge NSString *)entitlement;
  return applevz_double_has_entitlement(name.UTF8String) ? (__bridge_retained CFTypeRef) @YES : nullptr;
}
