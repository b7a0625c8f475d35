#import <Foundation/Foundation.h>

#include <algorithm>
#include <cstring>

static bool IsAscii(const char *text) {
  return std::all_of(text, text + strlen(text), [](char one) { return (one & 0x80) == 0; });
}

@implementation OFString (DoubleFoundation)

- (instancetype)initWithBytes:(const void *)bytes length:(NSUInteger)length encoding:(NSStringEncoding)encoding {
  OFStringEncoding same = encoding == NSASCIIStringEncoding ? OFStringEncodingASCII : OFStringEncodingUTF8;
  @try {
    return [self initWithCString:static_cast<const char *>(bytes) encoding:same length:length];
  } @catch (OFInvalidEncodingException *) {
    return nil;
  }
}

- (NSUInteger)lengthOfBytesUsingEncoding:(NSStringEncoding)encoding {
  return [self canBeConvertedToEncoding:encoding] ? self.UTF8StringLength : 0;
}

- (OFData *)dataUsingEncoding:(NSStringEncoding)encoding {
  if (![self canBeConvertedToEncoding:encoding]) return nil;
  return [OFData dataWithItems:self.UTF8String count:self.UTF8StringLength];
}

- (BOOL)canBeConvertedToEncoding:(NSStringEncoding)encoding {
  return encoding == NSUTF8StringEncoding || IsAscii(self.UTF8String);
}

- (BOOL)isEqualToString:(NSString *)other {
  return [self isEqual:other];
}

@end
