#import <Virtualization/VZPlatform.h>

#include <sys/random.h>

#include <array>
#include <cstring>

#include "configuration-problem.h"
#include "settings.h"

// The form of an identifier is Apple's secret; here it is a mark and 16 random bytes.
static const char kMark[] = "AVZD";
static const size_t kMarkBytes = 4;
static const size_t kIdentifierBytes = 20;

@implementation VZGenericMachineIdentifier

- (instancetype)init {
  std::array<unsigned char, kIdentifierBytes> bytes;
  memcpy(bytes.data(), kMark, kMarkBytes);
  if (getrandom(bytes.data() + kMarkBytes, kIdentifierBytes - kMarkBytes, 0) < 0) return nil;
  return [self initWithDataRepresentation:[NSData dataWithBytes:bytes.data() length:bytes.size()]];
}

- (instancetype)initWithDataRepresentation:(NSData *)dataRepresentation {
  if (dataRepresentation.length != kIdentifierBytes) return nil;
  if (memcmp(dataRepresentation.bytes, kMark, kMarkBytes) != 0) return nil;
  if ((self = [super init])) _dataRepresentation = [dataRepresentation copy];
  return self;
}

- (id)copy {
  return self;
}

@end

@implementation VZPlatformConfiguration

- (id)copy {
  return [[[self class] alloc] init];
}

- (NSString *)problem {
  return nil;
}

@end

@implementation VZGenericPlatformConfiguration

+ (BOOL)isNestedVirtualizationSupported {
  return applevz_double::settings().nested;
}

- (instancetype)init {
  if ((self = [super init])) _machineIdentifier = [[VZGenericMachineIdentifier alloc] init];
  return self;
}

// Copies set instance variables, not properties: ObjFW copies a value inside the setter of an atomic property, under a lock that another setter may need.
- (id)copy {
  VZGenericPlatformConfiguration *other = [[VZGenericPlatformConfiguration alloc] init];
  other->_machineIdentifier = _machineIdentifier;
  other->_nestedVirtualizationEnabled = _nestedVirtualizationEnabled;
  return other;
}

- (NSString *)problem {
  if (_nestedVirtualizationEnabled && !VZGenericPlatformConfiguration.nestedVirtualizationSupported) {
    return @"Nested virtualization is not supported on this machine.";
  }
  return nil;
}

@end
