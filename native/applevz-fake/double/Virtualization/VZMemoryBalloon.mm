#import <Virtualization/VZMemoryBalloon.h>

#import <Virtualization/VZVirtualMachineConfiguration.h>

#include <algorithm>

#include "machine/device.h"

static const uint64_t kMiB = 1024 * 1024;

@implementation VZMemoryBalloonDeviceConfiguration

- (id)copy {
  return self;
}

@end

@implementation VZVirtioTraditionalMemoryBalloonDeviceConfiguration

- (instancetype)init {
  return [super init];
}

@end

@implementation VZMemoryBalloonDevice
@end

@implementation VZVirtioTraditionalMemoryBalloonDevice {
  dispatch_queue_t _queue;
  uint64_t _memoryBytes;
  uint64_t _target;
}

- (instancetype)initOnQueue:(dispatch_queue_t)queue memoryBytes:(uint64_t)memoryBytes {
  if ((self = [super init])) {
    _queue = queue;
    _memoryBytes = memoryBytes;
    _target = memoryBytes;
  }
  return self;
}

- (uint64_t)targetVirtualMachineMemorySize {
  applevz_double::requireQueue(_queue, "-[VZVirtioTraditionalMemoryBalloonDevice targetVirtualMachineMemorySize]");
  return _target;
}

- (void)setTargetVirtualMachineMemorySize:(uint64_t)bytes {
  applevz_double::requireQueue(_queue, "-[VZVirtioTraditionalMemoryBalloonDevice setTargetVirtualMachineMemorySize:]");
  uint64_t least = VZVirtualMachineConfiguration.minimumAllowedMemorySize;
  _target = std::clamp(bytes / kMiB * kMiB, std::min(least, _memoryBytes), _memoryBytes);
}

@end
