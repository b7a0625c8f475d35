#pragma once

#import <Foundation/NSObjCRuntime.h>

NS_ASSUME_NONNULL_BEGIN

@interface NSFileHandle : NSObject
- (instancetype)initWithFileDescriptor:(int)descriptor;
- (instancetype)initWithFileDescriptor:(int)descriptor closeOnDealloc:(BOOL)closeOnDealloc;
@property(readonly) int fileDescriptor;
@end

NS_ASSUME_NONNULL_END
