#include "scripted-guest.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "kernel-command-line.h"

namespace applevz_double {
namespace {

// Milliseconds of work before each step; time in which the guest is suspended does not count.
constexpr unsigned kBootMs = 15;
constexpr unsigned kStepMs = 30;
constexpr unsigned kLateMs = 3000;

// What the guest says it is at.
constexpr char kAddress[] = "10.0.2.15";

constexpr char kEnded[] = "The guest has ended.";

constexpr size_t kMaxFrameBytes = 65536;

}  // namespace

ScriptedGuest::ScriptedGuest(GuestDescription description, GuestEvents events)
    : description_(std::move(description)),
      events_(std::move(events)),
      hooks_(hooksOf(description_.cmdline)),
      loop_(EventLoop::make()),
      services_(events_.connects) {}

void ScriptedGuest::start(Done done) {
  loop_->post([self = shared_from_this(), done] {
    self->boot();
    self->goOn();
    done("");
  });
}

void ScriptedGuest::startFrom(const std::string &path, uint64_t offset, Done done) {
  loop_->post([self = shared_from_this(), path, offset, done] {
    std::ifstream file(path, std::ios::binary);
    file.seekg(static_cast<std::streamoff>(offset));
    size_t next = 0;
    if (!(file >> next >> self->boots_)) return done("The file holds no state of a guest.");
    self->suspended_ = true;
    self->services_.suspend();
    self->boot();
    self->next_ = next;
    done("");
  });
}

void ScriptedGuest::pressPowerButton() {
  loop_->post([self = shared_from_this()] {
    if (self->has("ignore-power-button")) return;
    self->loop_->after(kStepMs, [self] { self->powerOff(); });
  });
}

void ScriptedGuest::suspend(Done done) {
  bool posted = loop_->post([self = shared_from_this(), done] {
    self->suspended_ = true;
    self->services_.suspend();
    self->stopScript();
    done("");
  });
  if (!posted) done(kEnded);
}

void ScriptedGuest::resume(Done done) {
  bool posted = loop_->post([self = shared_from_this(), done] {
    self->suspended_ = false;
    self->services_.resume();
    self->goOn();
    done("");
  });
  if (!posted) done(kEnded);
}

void ScriptedGuest::saveTo(const std::string &path, Done done) {
  bool posted = loop_->post([self = shared_from_this(), path, done] {
    std::ofstream file(path, std::ios::binary | std::ios::app);
    file << self->next_ << " " << self->boots_ << "\n" << std::flush;
    done(file ? "" : "The state of the guest cannot be written.");
  });
  if (!posted) done(kEnded);
}

void ScriptedGuest::connect(uint32_t port, Connected done) {
  bool posted = loop_->post([self = shared_from_this(), port, done] {
    done(self->services_.connect(port), kFirstHostPort + self->connections_++);
  });
  if (!posted) done(-1, 0);
}

void ScriptedGuest::end(std::function<void()> done) {
  bool posted = loop_->post([self = shared_from_this(), done] {
    self->ended_ = true;
    self->services_.close();
    self->loop_->quit();
    if (done) done();
  });
  // The guest was faster.
  if (!posted && done) done();
}

void ScriptedGuest::boot() {
  stopScript();
  steps_ = script();
  next_ = 0;
  serveConsole();
  serveNetworks();
}

std::vector<ScriptedGuest::Step> ScriptedGuest::script() {
  std::vector<Step> steps;
  steps.push_back({kBootMs, [this] { print("Linux version 6.1.0-scripted (double)"); }});
  if (has("panic")) {
    steps.push_back({kStepMs, [this] { panic(); }});
    return steps;
  }
  if (has("power-off")) {
    steps.push_back({kStepMs, [this] { print("enough"); }});
    steps.push_back({kStepMs, [this] { powerOff(); }});
    return steps;
  }
  if (has("no-marker")) return steps;
  steps.push_back({has("late-marker") ? kLateMs : kStepMs, [this] { print(std::string("VMRS_READY ") + kAddress); }});
  if (has("panic-after-ready")) steps.push_back({kStepMs, [this] { panic(); }});
  if (has("poweroff-after-ready")) steps.push_back({kStepMs, [this] { powerOff(); }});
  if (has("reboot-once") && boots_ == 0) steps.push_back({kStepMs, [this] { reset(); }});
  return steps;
}

void ScriptedGuest::goOn() {
  if (next_ >= steps_.size() || ended_ || suspended_ || timer_ != 0) return;
  timer_ = loop_->after(steps_[next_].afterMs, [self = shared_from_this()] {
    self->timer_ = 0;
    // A copy, as a step may begin the script anew.
    auto act = self->steps_[self->next_++].act;
    act();
    self->goOn();
  });
}

void ScriptedGuest::stopScript() {
  loop_->cancel(timer_);
  timer_ = 0;
}

void ScriptedGuest::print(const std::string &line) {
  std::string bytes = line + "\r\n";
  for (size_t at = 0; description_.consoleOutput >= 0 && at < bytes.size();) {
    ssize_t written = write(description_.consoleOutput, bytes.data() + at, bytes.size() - at);
    if (written <= 0) return;
    at += static_cast<size_t>(written);
  }
}

// What comes after a panic is for `panic=` to say: 0, the default, hangs; less than 0 resets at once, more after so many seconds. The framework tells nobody of either.
void ScriptedGuest::panic() {
  print("Kernel panic - not syncing: sysrq triggered crash");
  next_ = steps_.size();
  long seconds = strtol(parameterOf(description_.cmdline, "panic").c_str(), nullptr, 10);
  if (seconds == 0) return;
  unsigned afterMs = seconds < 0 ? kStepMs : static_cast<unsigned>(seconds) * 1000;
  loop_->after(afterMs, [self = shared_from_this()] { self->reset(); });
}

void ScriptedGuest::reset() {
  boots_++;
  boot();
  goOn();
}

void ScriptedGuest::powerOff() {
  if (ended_) return;
  ended_ = true;
  stopScript();
  services_.close();
  loop_->quit();
  events_.poweredOff();
}

// As a terminal does: what is typed comes back.
void ScriptedGuest::serveConsole() {
  int input = description_.consoleInput;
  if (input < 0) return;
  loop_->watch(input, [self = shared_from_this(), input] {
    char bytes[4096];
    ssize_t size = read(input, bytes, sizeof bytes);
    if (size <= 0) return self->loop_->unwatch(input);
    if (self->suspended_) return;
    if (write(self->description_.consoleOutput, bytes, static_cast<size_t>(size)) < 0) self->loop_->unwatch(input);
  });
}

void ScriptedGuest::serveNetworks() {
  for (const auto &network : description_.networks) {
    int descriptor = network.descriptor;
    if (descriptor < 0) continue;
    loop_->watch(descriptor, [self = shared_from_this(), descriptor] {
      char frame[kMaxFrameBytes];
      ssize_t size = recv(descriptor, frame, sizeof frame, MSG_DONTWAIT);
      if (size < 0 && errno != EAGAIN && errno != ECONNREFUSED) return self->loop_->unwatch(descriptor);
      if (size > 0 && !self->suspended_)
        send(descriptor, frame, static_cast<size_t>(size), MSG_DONTWAIT | MSG_NOSIGNAL);
    });
  }
}

}  // namespace applevz_double
