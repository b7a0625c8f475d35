// Errors in the framework's form.
#pragma once

#import <Virtualization/VZError.h>

#include <string>

namespace applevz_double {

NSString *stringOf(const std::string &text);

// An error of VZErrorDomain: what failed, and why.
NSError *frameworkError(VZErrorCode code, NSString *failure, NSString *reason, NSError *underlying = nil);

// "Invalid virtual machine configuration.", with the reason.
NSError *configurationError(NSString *reason);

// An error of NSPOSIXErrorDomain. The number is macOS's, not this system's.
NSError *posixError(NSInteger code, NSString *description);

// Hands an error out where somebody wants it, and is NO.
BOOL refuse(NSError **out, NSError *error);

}  // namespace applevz_double
