// Between Foundation's types and plain ones. Of Objective-C++ files only.
#pragma once

#if !__has_feature(objc_arc)
#error "to be compiled with -fobjc-arc"
#endif

#import <Foundation/Foundation.h>

#include <optional>
#include <string>

#include "failure.h"

NS_ASSUME_NONNULL_BEGIN

namespace applevz {

NSString *ToNSString(const std::string &text);
std::string FromNSString(NSString *_Nullable text);
NSURL *FileUrl(const std::string &path);
NSURL *DirectoryUrl(const std::string &path);

// With the errors behind it. Of nil it says that there was no explanation.
Failure Describe(NSError *_Nullable error);

// What `@catch` caught.
Failure DescribeThrown(id thrown);

// Runs `work`; what Objective-C raises in it becomes a failure. An exception that left a block of a queue, or that reached Node.js, would end the process: each entry from there and each block
// goes through here.
template <typename Work>
std::optional<Failure> Guarded(Work work) {
  @try {
    work();
  } @catch (id thrown) {
    return DescribeThrown(thrown);
  }
  return std::nullopt;
}

}  // namespace applevz

NS_ASSUME_NONNULL_END
