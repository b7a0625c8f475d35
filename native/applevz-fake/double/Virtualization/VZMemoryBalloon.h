#pragma once

#import <Virtualization/VZDefines.h>

NS_ASSUME_NONNULL_BEGIN

@interface VZMemoryBalloonDeviceConfiguration : NSObject <NSCopying>
@end

@interface VZVirtioTraditionalMemoryBalloonDeviceConfiguration : VZMemoryBalloonDeviceConfiguration
- (instancetype)init;
@end

// Of a machine: to be used on its queue.
@interface VZMemoryBalloonDevice : NSObject
@end

@interface VZVirtioTraditionalMemoryBalloonDevice : VZMemoryBalloonDevice
// Bytes; rounded down to MiB and kept within what a machine may have and what this one has.
@property(nonatomic) uint64_t targetVirtualMachineMemorySize;
@end

NS_ASSUME_NONNULL_END
