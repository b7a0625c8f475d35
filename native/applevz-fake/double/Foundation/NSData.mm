#import <Foundation/Foundation.h>

@implementation OFData (DoubleFoundation)

+ (instancetype)dataWithBytes:(const void *)bytes length:(NSUInteger)length {
  return [self dataWithItems:bytes ?: "" count:length];
}

- (instancetype)initWithBytes:(const void *)bytes length:(NSUInteger)length {
  return [self initWithItems:bytes ?: "" count:length];
}

- (BOOL)isEqualToData:(OFData *)other {
  return [self isEqual:other];
}

- (const void *)bytes {
  return self.items ?: "";
}

- (NSUInteger)length {
  return self.count * self.itemSize;
}

@end
