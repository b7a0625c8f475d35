#import <Foundation/Foundation.h>

NSErrorDomain const NSCocoaErrorDomain = @"NSCocoaErrorDomain";
NSErrorDomain const NSPOSIXErrorDomain = @"NSPOSIXErrorDomain";

NSErrorUserInfoKey const NSLocalizedDescriptionKey = @"NSLocalizedDescription";
NSErrorUserInfoKey const NSLocalizedFailureErrorKey = @"NSLocalizedFailure";
NSErrorUserInfoKey const NSLocalizedFailureReasonErrorKey = @"NSLocalizedFailureReason";
NSErrorUserInfoKey const NSUnderlyingErrorKey = @"NSUnderlyingError";

@implementation NSError

+ (instancetype)errorWithDomain:(NSErrorDomain)domain code:(NSInteger)code userInfo:(NSDictionary *)userInfo {
  return [[self alloc] initWithDomain:domain code:code userInfo:userInfo];
}

- (instancetype)initWithDomain:(NSErrorDomain)domain code:(NSInteger)code userInfo:(NSDictionary *)userInfo {
  if ((self = [super init])) {
    _domain = [domain copy];
    _code = code;
    _userInfo = userInfo ?: @{};
  }
  return self;
}

- (NSString *)localizedDescription {
  NSString *whole = _userInfo[NSLocalizedDescriptionKey];
  if (whole != nil) return whole;
  NSString *failure = _userInfo[NSLocalizedFailureErrorKey] ?: @"The operation couldn’t be completed.";
  NSString *reason = self.localizedFailureReason;
  if (reason != nil) return [NSString stringWithFormat:@"%@ %@", failure, reason];
  return [NSString stringWithFormat:@"%@ (%@ error %ld.)", failure, _domain, _code];
}

- (NSString *)localizedFailureReason {
  return _userInfo[NSLocalizedFailureReasonErrorKey];
}

- (id)copy {
  return self;
}

@end
