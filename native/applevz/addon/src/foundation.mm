#import "foundation.h"

namespace applevz {

namespace {

// Errors refer to errors behind them; no framework nests them deeper, and a circle has to end.
constexpr int kMaxDepth = 8;

Failure DescribeTo(NSError *error, int depth) {
  Failure failure;
  failure.domain = FromNSString(error.domain);
  failure.code = error.code;
  failure.message = FromNSString(error.localizedDescription);
  if (error.localizedFailureReason != nil) failure.reason = FromNSString(error.localizedFailureReason);
  id underlying = error.userInfo[NSUnderlyingErrorKey];
  if ([underlying isKindOfClass:[NSError class]] && depth < kMaxDepth) {
    failure.underlying = std::make_shared<const Failure>(DescribeTo(underlying, depth + 1));
  }
  return failure;
}

}  // namespace

NSString *ToNSString(const std::string &text) {
  return [[NSString alloc] initWithBytes:text.data() length:text.size() encoding:NSUTF8StringEncoding];
}

std::string FromNSString(NSString *text) {
  const char *bytes = text.UTF8String;
  return bytes == nullptr ? std::string() : std::string(bytes);
}

NSURL *FileUrl(const std::string &path) {
  return [NSURL fileURLWithPath:ToNSString(path) isDirectory:NO];
}

NSURL *DirectoryUrl(const std::string &path) {
  return [NSURL fileURLWithPath:ToNSString(path) isDirectory:YES];
}

Failure Describe(NSError *error) {
  if (error == nil) return OwnFailure(OwnCode::kRefused, "The framework refused, and gave no reason.");
  return DescribeTo(error, 0);
}

Failure DescribeThrown(id thrown) {
  if (![thrown isKindOfClass:[NSException class]]) {
    return OwnFailure(OwnCode::kException, "The framework raised something that is no NSException.");
  }
  NSException *exception = thrown;
  Failure failure = OwnFailure(OwnCode::kException, "The framework raised " + FromNSString(exception.name) + ".");
  if (exception.reason != nil) {
    failure.reason = FromNSString(exception.reason);
    failure.message += " " + *failure.reason;
  }
  return failure;
}

}  // namespace applevz
