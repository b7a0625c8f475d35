#import <Virtualization/VZStorage.h>

#include <fcntl.h>
#include <unistd.h>

#include "configuration-problem.h"
#include "file-facts.h"
#include "framework-error.h"

using namespace applevz_double;

static const NSInteger kEnotsupOfMac = 45;
static const off_t kSectorBytes = 512;
static const size_t kMaxIdentifierBytes = 20;

@implementation VZStorageDeviceAttachment
@end

@implementation VZDiskImageStorageDeviceAttachment

- (instancetype)initWithURL:(NSURL *)url readOnly:(BOOL)readOnly error:(NSError **)error {
  return [self initWithURL:url
                  readOnly:readOnly
               cachingMode:VZDiskImageCachingModeAutomatic
       synchronizationMode:VZDiskImageSynchronizationModeFull
                     error:error];
}

- (instancetype)initWithURL:(NSURL *)URL
                   readOnly:(BOOL)readOnly
                cachingMode:(VZDiskImageCachingMode)cachingMode
        synchronizationMode:(VZDiskImageSynchronizationMode)synchronizationMode
                      error:(NSError **)error {
  struct stat facts;
  if (!factsOf(URL, &facts)) {
    // As tinylabscom/mvm#1216 has it: an image that is missing is "not supported".
    refuse(error, posixError(kEnotsupOfMac, @"The operation couldn’t be completed. Operation not supported"));
    return nil;
  }
  if (!S_ISREG(facts.st_mode) || facts.st_size == 0 || facts.st_size % kSectorBytes != 0) {
    refuse(error, frameworkError(VZErrorInvalidDiskImage, @"Invalid disk image.",
                                 @"The disk image is not raw, or its size is not a multiple of 512 bytes."));
    return nil;
  }
  if (access(URL.fileSystemRepresentation, readOnly ? R_OK : R_OK | W_OK) != 0) {
    refuse(error, posixError(EACCES, @"The operation couldn’t be completed. Permission denied"));
    return nil;
  }
  if (cachingMode < VZDiskImageCachingModeAutomatic || cachingMode > VZDiskImageCachingModeCached ||
      synchronizationMode < VZDiskImageSynchronizationModeFull ||
      synchronizationMode > VZDiskImageSynchronizationModeNone) {
    [NSException raise:NSInvalidArgumentException format:@"The caching or synchronization mode is not valid."];
  }
  if ((self = [super init])) {
    _URL = [URL copy];
    _readOnly = readOnly;
    _cachingMode = cachingMode;
    _synchronizationMode = synchronizationMode;
  }
  return self;
}

@end

@implementation VZStorageDeviceConfiguration {
 @protected
  VZStorageDeviceAttachment *_attachment;
}

- (VZStorageDeviceAttachment *)attachment {
  return _attachment;
}

- (id)copy {
  return self;
}

- (NSString *)problem {
  return _attachment == nil ? @"The storage device has no attachment." : nil;
}

@end

@implementation VZVirtioBlockDeviceConfiguration

- (instancetype)initWithAttachment:(VZStorageDeviceAttachment *)attachment {
  if ((self = [super init])) {
    _attachment = attachment;
    _blockDeviceIdentifier = @"";
  }
  return self;
}

+ (BOOL)validateBlockDeviceIdentifier:(NSString *)blockDeviceIdentifier error:(NSError **)error {
  BOOL ascii = [blockDeviceIdentifier canBeConvertedToEncoding:NSASCIIStringEncoding];
  if (ascii && [blockDeviceIdentifier lengthOfBytesUsingEncoding:NSUTF8StringEncoding] <= kMaxIdentifierBytes) {
    return YES;
  }
  return refuse(error, configurationError(@"The block device identifier is not ASCII of at most 20 bytes."));
}

- (id)copy {
  VZVirtioBlockDeviceConfiguration *other =
      [[VZVirtioBlockDeviceConfiguration alloc] initWithAttachment:self.attachment];
  other->_blockDeviceIdentifier = _blockDeviceIdentifier;
  return other;
}

- (NSString *)problem {
  NSError *error = nil;
  if (![VZVirtioBlockDeviceConfiguration validateBlockDeviceIdentifier:_blockDeviceIdentifier error:&error]) {
    return error.localizedFailureReason;
  }
  return [super problem];
}

@end
