#import <Virtualization/VZBootLoader.h>

#include <fcntl.h>
#include <unistd.h>

#include "configuration-problem.h"
#include "file-facts.h"
#include "framework-error.h"

using namespace applevz_double;

@implementation VZBootLoader

- (id)copy {
  return [[[self class] alloc] init];
}

- (NSString *)problem {
  return nil;
}

@end

@implementation VZLinuxBootLoader

- (instancetype)initWithKernelURL:(NSURL *)kernelURL {
  if ((self = [super init])) {
    if (kernelURL == nil) [NSException raise:NSInvalidArgumentException format:@"kernelURL is nil"];
    _kernelURL = [kernelURL copy];
    _commandLine = @"";
  }
  return self;
}

- (id)copy {
  VZLinuxBootLoader *other = [[VZLinuxBootLoader alloc] initWithKernelURL:_kernelURL];
  other->_commandLine = _commandLine;
  other->_initialRamdiskURL = _initialRamdiskURL;
  return other;
}

- (NSString *)problem {
  if (!isFile(_kernelURL)) return @"The kernel file does not exist.";
  if (_initialRamdiskURL != nil && !isFile(_initialRamdiskURL)) return @"The initial RAM disk file does not exist.";
  return nil;
}

@end

@implementation VZEFIVariableStore

- (instancetype)initWithURL:(NSURL *)URL {
  if ((self = [super init])) _URL = [URL copy];
  return self;
}

- (instancetype)initCreatingVariableStoreAtURL:(NSURL *)URL
                                       options:(VZEFIVariableStoreInitializationOptions)options
                                         error:(NSError **)error {
  int replace = (options & VZEFIVariableStoreInitializationOptionAllowOverwrite) != 0 ? O_TRUNC : O_EXCL;
  int descriptor = open(URL.fileSystemRepresentation, O_CREAT | O_WRONLY | O_CLOEXEC | replace, 0600);
  if (descriptor < 0) {
    refuse(error,
           [NSError errorWithDomain:NSPOSIXErrorDomain
                               code:errno
                           userInfo:@{NSLocalizedDescriptionKey : @"The EFI variable store could not be created."}]);
    return nil;
  }
  static const char kContent[] = "applevz double: EFI variables\n";
  ssize_t written = write(descriptor, kContent, sizeof kContent - 1);
  close(descriptor);
  if (written < 0) return nil;
  return [self initWithURL:URL];
}

@end

@implementation VZEFIBootLoader

- (id)copy {
  VZEFIBootLoader *other = [[VZEFIBootLoader alloc] init];
  other->_variableStore = _variableStore;
  return other;
}

- (NSString *)problem {
  if (_variableStore == nil) return @"The EFI boot loader has no variable store.";
  if (!isFile(_variableStore.URL)) return @"The EFI variable store does not exist.";
  return nil;
}

@end
