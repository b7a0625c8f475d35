#include "event-loop.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

namespace applevz_double {

std::shared_ptr<EventLoop> EventLoop::make() {
  std::shared_ptr<EventLoop> loop(new EventLoop);
  std::thread([loop] { loop->run(); }).detach();
  return loop;
}

EventLoop::EventLoop() : wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

EventLoop::~EventLoop() {
  close(wake_);
}

bool EventLoop::post(Work work) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (quitting_) return false;
  posted_.push_back(std::move(work));
  eventfd_write(wake_, 1);
  return true;
}

void EventLoop::quit() {
  std::lock_guard<std::mutex> lock(mutex_);
  quitting_ = true;
  eventfd_write(wake_, 1);
}

uint64_t EventLoop::after(unsigned milliseconds, Work work) {
  timers_[++lastTimer_] = {Clock::now() + std::chrono::milliseconds(milliseconds), std::move(work)};
  return lastTimer_;
}

void EventLoop::cancel(uint64_t timer) {
  timers_.erase(timer);
}

void EventLoop::watch(int descriptor, Work ready) {
  watched_[descriptor] = std::move(ready);
}

void EventLoop::unwatch(int descriptor) {
  watched_.erase(descriptor);
}

void EventLoop::run() {
  for (;;) {
    std::vector<pollfd> polled{{wake_, POLLIN, 0}};
    for (const auto &[descriptor, ready] : watched_) polled.push_back({descriptor, POLLIN, 0});
    poll(polled.data(), polled.size(), millisecondsToNextTimer());
    eventfd_t count;
    eventfd_read(wake_, &count);
    if (!runPosted()) break;
    for (size_t i = 1; i < polled.size(); i++) {
      auto found = watched_.find(polled[i].fd);
      if (polled[i].revents == 0 || found == watched_.end()) continue;
      // A copy, as the work may end its own watch.
      Work ready = found->second;
      ready();
    }
    runTimers();
  }
  // What waits may hold who owns the loop.
  timers_.clear();
  watched_.clear();
}

bool EventLoop::runPosted() {
  std::vector<Work> posted;
  bool quitting;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    posted.swap(posted_);
    quitting = quitting_;
  }
  for (const auto &work : posted) work();
  return !quitting;
}

void EventLoop::runTimers() {
  Clock::time_point now = Clock::now();
  std::vector<uint64_t> due;
  for (const auto &[id, timer] : timers_) {
    if (timer.at <= now) due.push_back(id);
  }
  for (uint64_t id : due) {
    auto found = timers_.find(id);
    if (found == timers_.end()) continue;
    Work work = std::move(found->second.work);
    timers_.erase(found);
    work();
  }
}

int EventLoop::millisecondsToNextTimer() const {
  if (timers_.empty()) return -1;
  Clock::time_point next = Clock::time_point::max();
  for (const auto &[id, timer] : timers_) next = std::min(next, timer.at);
  auto left = std::chrono::ceil<std::chrono::milliseconds>(next - Clock::now()).count();
  return static_cast<int>(std::max<int64_t>(left, 0));
}

}  // namespace applevz_double
