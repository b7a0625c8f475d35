#import <Foundation/NSException.h>

#include "serial-queue.h"

#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

// ObjFW has a macro of that name for C.
#undef thread_local

namespace applevz_double {
namespace {

// The queues that this thread is on, the innermost last: more than one while blocks of `dispatch_sync` are nested.
thread_local std::vector<SerialQueue *> current;

class OnQueue {
 public:
  explicit OnQueue(SerialQueue *queue) { current.push_back(queue); }
  ~OnQueue() { current.pop_back(); }
  OnQueue(const OnQueue &) = delete;
  OnQueue &operator=(const OnQueue &) = delete;
};

// As on a Mac, an exception that leaves a block of a queue has nobody to catch it.
void run(const std::string &label, dispatch_block_t block) {
  @autoreleasepool {
    @try {
      block();
    } @catch (id thrown) {
      fprintf(stderr, "applevz double: an exception left a block on the queue %s: %s\n", label.c_str(),
              [thrown description].UTF8String);
      abort();
    }
  }
}

}  // namespace

void SerialQueue::push(Clock::time_point at, dispatch_block_t block) {
  std::lock_guard<std::mutex> lock(mutex_);
  blocks_.emplace(at, [block copy]);
  if (!running_) {
    running_ = true;
    std::thread([self = shared_from_this()] { self->loop(); }).detach();
  }
  changed_.notify_all();
}

// The block runs in the caller's thread; the queue's own waits meanwhile.
void SerialQueue::runNow(dispatch_block_t block) {
  if (isCurrent()) {
    fprintf(stderr, "applevz double: dispatch_sync to the current queue %s would wait for ever\n", label_.c_str());
    abort();
  }
  struct Turn {
    std::mutex mutex;
    std::condition_variable changed;
    bool mine = false;
    bool over = false;
  };
  auto turn = std::make_shared<Turn>();
  push(Clock::now(), ^{
    std::unique_lock<std::mutex> lock(turn->mutex);
    turn->mine = true;
    turn->changed.notify_all();
    turn->changed.wait(lock, [&] { return turn->over; });
  });
  std::unique_lock<std::mutex> lock(turn->mutex);
  turn->changed.wait(lock, [&] { return turn->mine; });
  {
    OnQueue on(this);
    run(label_, block);
  }
  turn->over = true;
  turn->changed.notify_all();
}

void SerialQueue::letGo() {
  std::lock_guard<std::mutex> lock(mutex_);
  letGo_ = true;
  changed_.notify_all();
}

bool SerialQueue::isCurrent() const {
  for (const SerialQueue *one : current) {
    if (one == this) return true;
  }
  return false;
}

void SerialQueue::setSpecific(const void *key, void *value) {
  std::lock_guard<std::mutex> lock(mutex_);
  specific_[key] = value;
}

void *SerialQueue::currentSpecific(const void *key) {
  if (current.empty()) return nullptr;
  SerialQueue *innermost = current.back();
  std::lock_guard<std::mutex> lock(innermost->mutex_);
  auto found = innermost->specific_.find(key);
  return found == innermost->specific_.end() ? nullptr : found->second;
}

void SerialQueue::loop() {
  OnQueue on(this);
  std::unique_lock<std::mutex> lock(mutex_);
  for (;;) {
    if (blocks_.empty()) {
      if (letGo_) return;
      changed_.wait(lock);
      continue;
    }
    auto first = blocks_.begin();
    if (first->first > Clock::now()) {
      auto until = first->first;
      changed_.wait_until(lock, until);
      continue;
    }
    dispatch_block_t block = first->second;
    blocks_.erase(first);
    lock.unlock();
    run(label_, block);
    // What the block holds is let go of on the queue, and not under the lock.
    block = nil;
    lock.lock();
  }
}

}  // namespace applevz_double
