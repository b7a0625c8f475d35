#pragma once

#import <Foundation/NSObjCRuntime.h>

NS_ASSUME_NONNULL_BEGIN

// NSData's own, where OFData has another name for it.
@interface OFData (DoubleFoundation)
+ (instancetype)dataWithBytes:(nullable const void *)bytes length:(NSUInteger)length;
- (instancetype)initWithBytes:(nullable const void *)bytes length:(NSUInteger)length;
- (BOOL)isEqualToData:(OFData *)other;
@property(readonly) const void *bytes;
@property(readonly) NSUInteger length;
@end

NS_ASSUME_NONNULL_END
