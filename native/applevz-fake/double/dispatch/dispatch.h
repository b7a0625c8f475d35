// The part of libdispatch that the addon uses.
#pragma once

#import <ObjFW/ObjFW.h>

#include <stdint.h>

@interface OS_dispatch_object : OFObject
@end
@interface OS_dispatch_queue : OS_dispatch_object
@end
@interface OS_dispatch_semaphore : OS_dispatch_object
@end

typedef OS_dispatch_queue *dispatch_queue_t;
typedef OS_dispatch_semaphore *dispatch_semaphore_t;
typedef OS_dispatch_object *dispatch_queue_attr_t;
typedef void (^dispatch_block_t)(void);
typedef void (*dispatch_function_t)(void *_Nullable);
typedef uint64_t dispatch_time_t;

#define DISPATCH_QUEUE_SERIAL (static_cast<dispatch_queue_attr_t>(nil))
#define DISPATCH_TIME_NOW (0ULL)
#define DISPATCH_TIME_FOREVER (~0ULL)
#define DISPATCH_QUEUE_PRIORITY_DEFAULT 0
#define QOS_CLASS_DEFAULT 0x15
#define NSEC_PER_SEC 1000000000ULL
#define NSEC_PER_MSEC 1000000ULL

#define DISPATCH_RETURNS_RETAINED __attribute__((ns_returns_retained))

extern "C" {
// A serial queue. A block that an exception leaves ends the process.
dispatch_queue_t _Nonnull dispatch_queue_create(const char *_Nullable label,
                                                dispatch_queue_attr_t _Nullable attributes) DISPATCH_RETURNS_RETAINED;
const char *_Nonnull dispatch_queue_get_label(dispatch_queue_t _Nullable queue);

// One queue of the process, serial here, for what is bound to no other.
dispatch_queue_t _Nonnull dispatch_get_global_queue(intptr_t identifier, uintptr_t flags);

void dispatch_async(dispatch_queue_t _Nonnull queue, dispatch_block_t _Nonnull block);
void dispatch_async_f(dispatch_queue_t _Nonnull queue, void *_Nullable context, dispatch_function_t _Nonnull work);
void dispatch_after(dispatch_time_t when, dispatch_queue_t _Nonnull queue, dispatch_block_t _Nonnull block);

// Runs the block in the caller's thread when all that is queued has run. From the queue itself it would wait for ever, so that ends the process.
void dispatch_sync(dispatch_queue_t _Nonnull queue, dispatch_block_t _Nonnull block);

// Ends the process where the caller is not on the queue.
void dispatch_assert_queue(dispatch_queue_t _Nonnull queue);

void dispatch_queue_set_specific(dispatch_queue_t _Nonnull queue, const void *_Nonnull key, void *_Nullable context,
                                 dispatch_function_t _Nullable destructor);
// Of the queue that the caller is on; null where it is on none.
void *_Nullable dispatch_get_specific(const void *_Nonnull key);

dispatch_semaphore_t _Nonnull dispatch_semaphore_create(intptr_t value) DISPATCH_RETURNS_RETAINED;
// 0, or another number when the time was over first.
intptr_t dispatch_semaphore_wait(dispatch_semaphore_t _Nonnull semaphore, dispatch_time_t timeout);
intptr_t dispatch_semaphore_signal(dispatch_semaphore_t _Nonnull semaphore);

dispatch_time_t dispatch_time(dispatch_time_t when, int64_t nanoseconds);
}
