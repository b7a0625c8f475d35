#import <Virtualization/VZError.h>

#include "framework-error.h"

NSErrorDomain const VZErrorDomain = @"VZErrorDomain";

namespace applevz_double {

NSString *stringOf(const std::string &text) {
  return [NSString stringWithUTF8String:text.c_str()];
}

NSError *frameworkError(VZErrorCode code, NSString *failure, NSString *reason, NSError *underlying) {
  NSMutableDictionary *info = [NSMutableDictionary dictionary];
  [info setObject:failure forKey:NSLocalizedFailureErrorKey];
  [info setObject:reason forKey:NSLocalizedFailureReasonErrorKey];
  if (underlying != nil) [info setObject:underlying forKey:NSUnderlyingErrorKey];
  return [NSError errorWithDomain:VZErrorDomain code:code userInfo:info];
}

NSError *configurationError(NSString *reason) {
  return frameworkError(VZErrorInvalidVirtualMachineConfiguration, @"Invalid virtual machine configuration.", reason);
}

NSError *posixError(NSInteger code, NSString *description) {
  return [NSError errorWithDomain:NSPOSIXErrorDomain code:code userInfo:@{NSLocalizedDescriptionKey : description}];
}

BOOL refuse(NSError **out, NSError *error) {
  if (out != nullptr) *out = error;
  return NO;
}

}  // namespace applevz_double
