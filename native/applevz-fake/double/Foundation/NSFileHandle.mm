#import <Foundation/Foundation.h>

#include <unistd.h>

@implementation NSFileHandle {
  BOOL _closeOnDealloc;
}

- (instancetype)initWithFileDescriptor:(int)descriptor {
  return [self initWithFileDescriptor:descriptor closeOnDealloc:NO];
}

- (instancetype)initWithFileDescriptor:(int)descriptor closeOnDealloc:(BOOL)closeOnDealloc {
  if ((self = [super init])) {
    _fileDescriptor = descriptor;
    _closeOnDealloc = closeOnDealloc;
  }
  return self;
}

- (void)dealloc {
  if (_closeOnDealloc) close(_fileDescriptor);
}

@end
