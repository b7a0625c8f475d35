#import <Virtualization/VZVirtualMachineConfiguration.h>

#include "applevz_double.h"
#include "configuration-problem.h"
#include "framework-error.h"
#include "settings.h"

using namespace applevz_double;

static const uint64_t kMiB = 1024 * 1024;
static const uint64_t kDefaultMemoryBytes = 512 * kMiB;

// The first problem of any of the parts.
static NSString *ProblemIn(NSArray *parts) {
  for (id<AVZDConfigurationPart> part in parts) {
    NSString *problem = [part problem];
    if (problem != nil) return problem;
  }
  return nil;
}

static NSArray *CopiesOf(NSArray *parts) {
  NSMutableArray *copies = [NSMutableArray array];
  for (id part in parts) [copies addObject:[part copy]];
  return copies;
}

@implementation VZVirtualMachineConfiguration

+ (uint64_t)minimumAllowedMemorySize {
  return settings().minMemory;
}

+ (uint64_t)maximumAllowedMemorySize {
  return settings().maxMemory;
}

+ (NSUInteger)minimumAllowedCPUCount {
  return settings().minCpus;
}

+ (NSUInteger)maximumAllowedCPUCount {
  return settings().maxCpus;
}

- (instancetype)init {
  if ((self = [super init])) {
    _memorySize = kDefaultMemoryBytes;
    _CPUCount = 1;
    _platform = [[VZGenericPlatformConfiguration alloc] init];
    _entropyDevices = @[];
    _memoryBalloonDevices = @[];
    _networkDevices = @[];
    _serialPorts = @[];
    _socketDevices = @[];
    _storageDevices = @[];
    _directorySharingDevices = @[];
  }
  return self;
}

- (id)copy {
  VZVirtualMachineConfiguration *other = [[VZVirtualMachineConfiguration alloc] init];
  other.bootLoader = [_bootLoader copy];
  other.memorySize = _memorySize;
  other.CPUCount = _CPUCount;
  other.platform = _platform;
  other.entropyDevices = CopiesOf(_entropyDevices);
  other.memoryBalloonDevices = CopiesOf(_memoryBalloonDevices);
  other.networkDevices = CopiesOf(_networkDevices);
  other.serialPorts = CopiesOf(_serialPorts);
  other.socketDevices = CopiesOf(_socketDevices);
  other.storageDevices = CopiesOf(_storageDevices);
  other.directorySharingDevices = CopiesOf(_directorySharingDevices);
  return other;
}

- (BOOL)validateWithError:(NSError **)error {
  if (settings().faults.count("raise-in-validate")) {
    [NSException raise:NSInternalInconsistencyException format:@"raised by the double, as it was told"];
  }
  NSString *problem = [self problemOfHost] ?: [self problemOfSizes] ?: [self problemOfParts];
  return problem == nil ? YES : refuse(error, configurationError(problem));
}

- (BOOL)validateSaveRestoreSupportWithError:(NSError **)error {
  if (![self validateWithError:error]) return NO;
  // Which devices stand in the way is for Apple to know; the double takes all, but where it is told otherwise.
  auto told = settings().faults.find("fail-check-save");
  if (told == settings().faults.end()) return YES;
  return refuse(error, configurationError(stringOf(told->second)));
}

- (NSString *)problemOfHost {
  if (!applevz_double_has_entitlement("com.apple.security.virtualization")) {
    return @"The process doesn’t have the “com.apple.security.virtualization” entitlement.";
  }
  return settings().supported ? nil : @"Virtualization is not available on this hardware.";
}

- (NSString *)problemOfSizes {
  if (_CPUCount < settings().minCpus || _CPUCount > settings().maxCpus) {
    return @"The CPU count is not within the allowed range.";
  }
  if (_memorySize % kMiB != 0) return @"The memory size is not a multiple of 1 MiB.";
  if (_memorySize < settings().minMemory || _memorySize > settings().maxMemory) {
    return @"The memory size is not within the allowed range.";
  }
  return nil;
}

- (NSString *)problemOfParts {
  if (_bootLoader == nil) return @"The boot loader is not set.";
  if (_memoryBalloonDevices.count > 1) return @"There is more than one memory balloon device.";
  if (_socketDevices.count > 1) return @"There is more than one socket device.";
  NSMutableArray *parts = [NSMutableArray array];
  [parts addObject:_bootLoader];
  [parts addObject:_platform];
  for (NSArray *some in @[ _storageDevices, _networkDevices, _directorySharingDevices, _serialPorts ]) {
    for (id one in some) [parts addObject:one];
  }
  return ProblemIn(parts) ?: [self doubleTag] ?: [self doubleAddress];
}

- (NSString *)doubleTag {
  NSMutableDictionary *seen = [NSMutableDictionary dictionary];
  for (VZVirtioFileSystemDeviceConfiguration *one in (NSArray *)_directorySharingDevices) {
    if ([seen objectForKey:one.tag] != nil) return @"Two directory sharing devices have the same tag.";
    [seen setObject:one forKey:one.tag];
  }
  return nil;
}

- (NSString *)doubleAddress {
  NSMutableDictionary *seen = [NSMutableDictionary dictionary];
  for (VZNetworkDeviceConfiguration *one in _networkDevices) {
    if ([seen objectForKey:one.MACAddress.string] != nil) return @"Two network devices have the same MAC address.";
    [seen setObject:one forKey:one.MACAddress.string];
  }
  return nil;
}

@end
