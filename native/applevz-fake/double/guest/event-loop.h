// A thread that waits for descriptors, timers and what others ask of it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

namespace applevz_double {

class EventLoop : public std::enable_shared_from_this<EventLoop> {
 public:
  using Work = std::function<void()>;

  // A loop that runs until `quit`.
  static std::shared_ptr<EventLoop> make();
  ~EventLoop();

  // From any thread. False after `quit`, when nothing happens any more; what was posted before still does.
  bool post(Work work);
  void quit();

  // The rest is for the loop's own thread.
  uint64_t after(unsigned milliseconds, Work work);
  void cancel(uint64_t timer);
  // Calls `ready` whenever the descriptor can be read, or has been hung up.
  void watch(int descriptor, Work ready);
  void unwatch(int descriptor);

 private:
  using Clock = std::chrono::steady_clock;
  struct Timer {
    Clock::time_point at;
    Work work;
  };

  EventLoop();
  void run();
  bool runPosted();
  void runTimers();
  int millisecondsToNextTimer() const;

  int wake_;
  std::mutex mutex_;
  std::vector<Work> posted_;
  bool quitting_ = false;
  std::map<uint64_t, Timer> timers_;
  std::map<int, Work> watched_;
  uint64_t lastTimer_ = 0;
};

}  // namespace applevz_double
