#import <Virtualization/VZConsole.h>

#include <fcntl.h>
#include <unistd.h>

#include "configuration-problem.h"
#include "framework-error.h"

using namespace applevz_double;

@implementation VZSerialPortAttachment
@end

@implementation VZFileSerialPortAttachment

- (instancetype)initWithURL:(NSURL *)url append:(BOOL)shouldAppend error:(NSError **)error {
  int flags = O_CREAT | O_WRONLY | O_CLOEXEC | (shouldAppend ? O_APPEND : O_TRUNC);
  int descriptor = open(url.fileSystemRepresentation, flags, 0600);
  if (descriptor < 0) {
    refuse(error, posixError(errno, @"The operation couldn’t be completed."));
    return nil;
  }
  close(descriptor);
  if ((self = [super init])) {
    _URL = [url copy];
    _append = shouldAppend;
  }
  return self;
}

@end

static void RequireOpen(NSFileHandle *handle) {
  if (handle == nil || fcntl(handle.fileDescriptor, F_GETFD) >= 0) return;
  [NSException raise:NSInvalidArgumentException format:@"The file handle has no valid file descriptor."];
}

@implementation VZFileHandleSerialPortAttachment

- (instancetype)initWithFileHandleForReading:(NSFileHandle *)fileHandleForReading
                        fileHandleForWriting:(NSFileHandle *)fileHandleForWriting {
  RequireOpen(fileHandleForReading);
  RequireOpen(fileHandleForWriting);
  if ((self = [super init])) {
    _fileHandleForReading = fileHandleForReading;
    _fileHandleForWriting = fileHandleForWriting;
  }
  return self;
}

@end

@implementation VZSerialPortConfiguration

- (id)copy {
  VZSerialPortConfiguration *other = [[[self class] alloc] init];
  other->_attachment = _attachment;
  return other;
}

- (NSString *)problem {
  return nil;
}

@end

@implementation VZVirtioConsoleDeviceSerialPortConfiguration

- (instancetype)init {
  return [super init];
}

@end

@implementation VZEntropyDeviceConfiguration

- (id)copy {
  return self;
}

@end

@implementation VZVirtioEntropyDeviceConfiguration

- (instancetype)init {
  return [super init];
}

@end
