// A serial queue with a thread of its own.
#pragma once

#import <dispatch/dispatch.h>

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace applevz_double {

class SerialQueue : public std::enable_shared_from_this<SerialQueue> {
 public:
  using Clock = std::chrono::steady_clock;

  explicit SerialQueue(std::string label) : label_(std::move(label)) {}

  const std::string &label() const { return label_; }
  void push(Clock::time_point at, dispatch_block_t block);
  void runNow(dispatch_block_t block);
  // Ends its thread when nothing is queued any more.
  void letGo();
  bool isCurrent() const;
  void setSpecific(const void *key, void *value);

  // The value under that key of the innermost queue that the caller is on.
  static void *currentSpecific(const void *key);

 private:
  void loop();

  const std::string label_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::multimap<Clock::time_point, dispatch_block_t> blocks_;
  std::map<const void *, void *> specific_;
  bool running_ = false;
  bool letGo_ = false;
};

}  // namespace applevz_double

@interface OS_dispatch_queue () {
 @public
  std::shared_ptr<applevz_double::SerialQueue> _queue;
}
@end
