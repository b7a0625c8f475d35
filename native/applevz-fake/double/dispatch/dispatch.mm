#import <dispatch/dispatch.h>

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>

#include "on-queue.h"
#include "serial-queue.h"

using applevz_double::SerialQueue;
using Clock = SerialQueue::Clock;

@implementation OS_dispatch_object
@end

@implementation OS_dispatch_queue

- (void)dealloc {
  if (_queue) _queue->letGo();
}

@end

@implementation OS_dispatch_semaphore {
 @public
  std::mutex _mutex;
  std::condition_variable _changed;
  intptr_t _value;
}
@end

static Clock::time_point PointOf(dispatch_time_t when) {
  return Clock::time_point(std::chrono::duration_cast<Clock::duration>(std::chrono::nanoseconds(when)));
}

dispatch_queue_t dispatch_queue_create(const char *label, dispatch_queue_attr_t attributes) {
  (void)attributes;
  OS_dispatch_queue *made = [[OS_dispatch_queue alloc] init];
  made->_queue = std::make_shared<SerialQueue>(label == nullptr ? "" : label);
  return made;
}

const char *dispatch_queue_get_label(dispatch_queue_t queue) {
  return queue == nil ? "" : queue->_queue->label().c_str();
}

dispatch_queue_t dispatch_get_global_queue(intptr_t identifier, uintptr_t flags) {
  (void)identifier;
  (void)flags;
  static dispatch_queue_t one = dispatch_queue_create("applevz-double.global", DISPATCH_QUEUE_SERIAL);
  return one;
}

// An item of the queue holds the queue, as on a Mac: one that nobody else has any more still runs what was given to it.
void dispatch_async(dispatch_queue_t queue, dispatch_block_t block) {
  dispatch_after(DISPATCH_TIME_NOW, queue, block);
}

void dispatch_async_f(dispatch_queue_t queue, void *context, dispatch_function_t work) {
  dispatch_async(queue, ^{
    work(context);
  });
}

void dispatch_after(dispatch_time_t when, dispatch_queue_t queue, dispatch_block_t block) {
  dispatch_block_t copied = [block copy];
  Clock::time_point at = when == DISPATCH_TIME_NOW ? Clock::now() : PointOf(when);
  queue->_queue->push(at, ^{
    (void)queue;
    copied();
  });
}

void dispatch_sync(dispatch_queue_t queue, dispatch_block_t block) {
  queue->_queue->runNow(block);
}

void dispatch_assert_queue(dispatch_queue_t queue) {
  if (queue->_queue->isCurrent()) return;
  fprintf(stderr, "applevz double: not on the queue %s\n", queue->_queue->label().c_str());
  abort();
}

void dispatch_queue_set_specific(dispatch_queue_t queue, const void *key, void *context,
                                 dispatch_function_t destructor) {
  (void)destructor;
  queue->_queue->setSpecific(key, context);
}

void *dispatch_get_specific(const void *key) {
  return SerialQueue::currentSpecific(key);
}

dispatch_semaphore_t dispatch_semaphore_create(intptr_t value) {
  OS_dispatch_semaphore *made = [[OS_dispatch_semaphore alloc] init];
  made->_value = value;
  return made;
}

intptr_t dispatch_semaphore_wait(dispatch_semaphore_t semaphore, dispatch_time_t timeout) {
  std::unique_lock<std::mutex> lock(semaphore->_mutex);
  auto positive = [&] { return semaphore->_value > 0; };
  if (timeout == DISPATCH_TIME_FOREVER) {
    semaphore->_changed.wait(lock, positive);
  } else if (!semaphore->_changed.wait_until(lock, timeout == DISPATCH_TIME_NOW ? Clock::now() : PointOf(timeout),
                                             positive)) {
    return 1;
  }
  semaphore->_value--;
  return 0;
}

intptr_t dispatch_semaphore_signal(dispatch_semaphore_t semaphore) {
  std::lock_guard<std::mutex> lock(semaphore->_mutex);
  semaphore->_value++;
  semaphore->_changed.notify_one();
  return 1;
}

dispatch_time_t dispatch_time(dispatch_time_t when, int64_t nanoseconds) {
  if (when == DISPATCH_TIME_FOREVER) return when;
  dispatch_time_t base = when;
  if (when == DISPATCH_TIME_NOW) {
    auto since = Clock::now().time_since_epoch();
    base = static_cast<dispatch_time_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(since).count());
  }
  return base + static_cast<dispatch_time_t>(nanoseconds);
}

namespace applevz_double {

bool isOnQueue(dispatch_queue_t queue) {
  return queue->_queue->isCurrent();
}

}  // namespace applevz_double
