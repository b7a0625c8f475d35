#import <Virtualization/VZDirectorySharing.h>

#include "configuration-problem.h"
#include "file-facts.h"
#include "framework-error.h"
#include "machine/device.h"
#include "settings.h"

using namespace applevz_double;

static const size_t kTagLimitBytes = 36;

@implementation VZSharedDirectory

- (instancetype)initWithURL:(NSURL *)url readOnly:(BOOL)readOnly {
  if ((self = [super init])) {
    _URL = [url copy];
    _readOnly = readOnly;
  }
  return self;
}

@end

@implementation VZDirectoryShare
@end

@implementation VZSingleDirectoryShare

- (instancetype)initWithDirectory:(VZSharedDirectory *)directory {
  if ((self = [super init])) _directory = directory;
  return self;
}

@end

@implementation VZLinuxRosettaDirectoryShare

+ (VZLinuxRosettaAvailability)availability {
  const Settings &mac = settings();
  if (!mac.arm64 || mac.rosetta == "unsupported") return VZLinuxRosettaAvailabilityNotSupported;
  return mac.rosetta == "installed" ? VZLinuxRosettaAvailabilityInstalled : VZLinuxRosettaAvailabilityNotInstalled;
}

- (instancetype)initWithError:(NSError **)error {
  if (VZLinuxRosettaDirectoryShare.availability != VZLinuxRosettaAvailabilityInstalled) {
    refuse(error, frameworkError(VZErrorNotSupported, @"Rosetta is not available.", @"Rosetta is not installed."));
    return nil;
  }
  return [super init];
}

+ (void)installRosettaWithCompletionHandler:(void (^)(NSError *))completionHandler {
  BOOL supported = VZLinuxRosettaDirectoryShare.availability != VZLinuxRosettaAvailabilityNotSupported;
  NSString *words = stringOf(settings().rosettaInstallation);
  dispatch_async(dispatch_get_global_queue(QOS_CLASS_DEFAULT, 0), ^{
    if (!supported) {
      completionHandler(frameworkError(VZErrorNotSupported, @"Installing Rosetta failed.",
                                       @"Rosetta is not supported on this machine."));
    } else if (words.length > 0) {
      completionHandler(frameworkError(VZErrorOperationCancelled, @"Installing Rosetta failed.", words));
    } else {
      completionHandler(nil);
    }
  });
}

@end

@implementation VZDirectorySharingDeviceConfiguration

- (id)copy {
  return self;
}

- (NSString *)problem {
  return nil;
}

@end

@implementation VZVirtioFileSystemDeviceConfiguration

- (instancetype)initWithTag:(NSString *)tag {
  if ((self = [super init])) _tag = [tag copy];
  return self;
}

+ (BOOL)validateTag:(NSString *)tag error:(NSError **)error {
  NSUInteger bytes = [tag lengthOfBytesUsingEncoding:NSUTF8StringEncoding];
  if (bytes > 0 && bytes < kTagLimitBytes) return YES;
  return refuse(error, configurationError(@"The tag of a directory sharing device is empty, or has 36 bytes or more."));
}

- (id)copy {
  VZVirtioFileSystemDeviceConfiguration *other = [[VZVirtioFileSystemDeviceConfiguration alloc] initWithTag:_tag];
  other->_share = _share;
  return other;
}

- (NSString *)problem {
  NSError *error = nil;
  if (![VZVirtioFileSystemDeviceConfiguration validateTag:_tag error:&error]) return error.localizedFailureReason;
  if ([_share isKindOfClass:[VZSingleDirectoryShare class]]) {
    VZSharedDirectory *directory = [(VZSingleDirectoryShare *)_share directory];
    if (!isDirectory(directory.URL)) return @"A shared directory does not exist.";
  }
  return nil;
}

@end

@implementation VZDirectorySharingDevice
@end

@implementation VZVirtioFileSystemDevice {
  dispatch_queue_t _queue;
  VZDirectoryShare *_current;
}

- (instancetype)initOnQueue:(dispatch_queue_t)queue
              configuration:(VZVirtioFileSystemDeviceConfiguration *)configuration {
  if ((self = [super init])) {
    _queue = queue;
    _tag = [configuration.tag copy];
    _current = configuration.share;
  }
  return self;
}

- (VZDirectoryShare *)share {
  requireQueue(_queue, "-[VZVirtioFileSystemDevice share]");
  return _current;
}

- (void)setShare:(VZDirectoryShare *)share {
  requireQueue(_queue, "-[VZVirtioFileSystemDevice setShare:]");
  if ([share isKindOfClass:[VZLinuxRosettaDirectoryShare class]]) {
    [NSException raise:NSInvalidArgumentException format:@"A running device cannot be given a share of Rosetta."];
  }
  _current = share;
}

@end
