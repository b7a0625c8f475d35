// How a machine makes its devices, and what they keep to.
#pragma once

#import <Virtualization/Virtualization.h>

#include "counters.h"
#include "on-queue.h"

namespace applevz_double {

// Counts the call when the caller is not on the queue.
inline void requireQueue(dispatch_queue_t queue, const char *what) {
  if (!isOnQueue(queue)) countOffQueueCall(what);
}

}  // namespace applevz_double

@interface VZNetworkDevice ()
- (instancetype)initOnQueue:(dispatch_queue_t)queue configuration:(VZNetworkDeviceConfiguration *)configuration;
@end

@interface VZVirtioFileSystemDevice ()
- (instancetype)initOnQueue:(dispatch_queue_t)queue
              configuration:(VZVirtioFileSystemDeviceConfiguration *)configuration;
@end

@interface VZVirtioTraditionalMemoryBalloonDevice ()
- (instancetype)initOnQueue:(dispatch_queue_t)queue memoryBytes:(uint64_t)memoryBytes;
@end
