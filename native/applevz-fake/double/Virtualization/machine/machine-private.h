// What a machine's devices need of it.
#pragma once

#import <Virtualization/Virtualization.h>

#include <memory>

#include "guest/guest.h"
#include "settings.h"

@interface VZVirtualMachine ()
// The guest that runs, and is not suspended; null without one. On the queue.
- (std::shared_ptr<applevz_double::Guest>)runningGuest;
@end

@interface VZVirtioSocketDevice ()
- (instancetype)initOnQueue:(dispatch_queue_t)queue
                    machine:(VZVirtualMachine *)machine
                     faults:(const applevz_double::Faults &)faults;
// A program of the guest wants to connect; answers whether it may. In any thread but the queue's.
- (BOOL)takeConnection:(int)descriptor from:(uint32_t)guestPort to:(uint32_t)port;
@end

namespace applevz_double {

// Raises where a machine was told to: `raise-in-start` and so on.
void raiseWhereTold(const Faults &faults, const char *where);

}  // namespace applevz_double
