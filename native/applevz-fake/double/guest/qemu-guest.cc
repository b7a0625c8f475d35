#include "qemu-guest.h"

#include <sys/socket.h>
#include <unistd.h>

#include "guest-program.h"
#include "json-text.h"

namespace applevz_double {
namespace {

constexpr char kEnded[] = "The guest has ended.";

bool writeAll(int descriptor, const char *bytes, size_t size) {
  while (size > 0) {
    ssize_t written = write(descriptor, bytes, size);
    if (written <= 0) return false;
    bytes += written;
    size -= static_cast<size_t>(written);
  }
  return true;
}

}  // namespace

QemuGuest::QemuGuest(GuestDescription description, GuestEvents events)
    : description_(std::move(description)), events_(std::move(events)), loop_(EventLoop::make()) {}

QemuGuest::~QemuGuest() {
  if (control_ >= 0) close(control_);
  if (console_ >= 0) close(console_);
}

void QemuGuest::start(Done done) {
  begin("\"do\":\"start\"", std::move(done));
}

void QemuGuest::startFrom(const std::string &path, uint64_t offset, Done done) {
  begin("\"do\":\"restore\",\"path\":" + jsonString(path) + ",\"offset\":" + std::to_string(offset), std::move(done));
}

void QemuGuest::pressPowerButton() {
  loop_->post([self = shared_from_this()] { self->ask("\"do\":\"power-button\"", [](const std::string &) {}); });
}

void QemuGuest::suspend(Done done) {
  askFromOutside("\"do\":\"suspend\"", std::move(done));
}

void QemuGuest::resume(Done done) {
  askFromOutside("\"do\":\"resume\"", std::move(done));
}

void QemuGuest::saveTo(const std::string &path, Done done) {
  askFromOutside("\"do\":\"save\",\"path\":" + jsonString(path), std::move(done));
}

void QemuGuest::askFromOutside(const std::string &request, Done done) {
  bool posted = loop_->post([self = shared_from_this(), request, done] { self->ask(request, done); });
  if (!posted) done(kEnded);
}

void QemuGuest::connect(uint32_t port, Connected done) {
  (void)port;
  done(-1, 0);
}

// The program answers when QEMU is gone, and then goes itself: that ends the control socket, and with it this.
void QemuGuest::end(std::function<void()> done) {
  bool posted = loop_->post([self = shared_from_this(), done] {
    self->over_ = true;
    self->ended_ = done;
    if (self->control_ < 0) return self->leave();
    self->ask("\"do\":\"end\"", [self](const std::string &) { self->leave(); });
  });
  // The guest was faster.
  if (!posted && done) done();
}

void QemuGuest::begin(const std::string &request, Done done) {
  loop_->post([self = shared_from_this(), request, done] {
    if (!self->spawnProgram()) return done("The program that runs QEMU cannot be started.");
    const std::string machine = describeInJson(self->description_) + "\n";
    writeAll(self->control_, machine.data(), machine.size());
    self->ask(request, done);
  });
}

bool QemuGuest::spawnProgram() {
  int control[2];
  int console[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, control) != 0) return false;
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, console) != 0) {
    close(control[0]);
    close(control[1]);
    return false;
  }
  bool started = spawnGuestProgram(description_, control[1], console[1]);
  close(control[1]);
  close(console[1]);
  control_ = control[0];
  console_ = console[0];
  if (!started) return false;
  loop_->watch(control_, [self = shared_from_this()] { self->readControl(); });
  loop_->watch(console_, [self = shared_from_this()] { self->passConsoleOutput(); });
  if (description_.consoleInput >= 0) {
    loop_->watch(description_.consoleInput, [self = shared_from_this()] { self->passConsoleInput(); });
  }
  return true;
}

void QemuGuest::ask(const std::string &request, Done done) {
  unsigned id = ++lastId_;
  const std::string line = "{\"id\":" + std::to_string(id) + "," + request + "}\n";
  if (control_ < 0 || !writeAll(control_, line.data(), line.size())) {
    return done("The program that runs QEMU has gone.");
  }
  asked_[id] = std::move(done);
}

void QemuGuest::readControl() {
  char bytes[4096];
  ssize_t size = recv(control_, bytes, sizeof bytes, 0);
  if (size <= 0) {
    bool unexpected = !over_;
    leave();
    if (unexpected) events_.failed("The program that runs QEMU has gone.");
    return;
  }
  unread_.append(bytes, static_cast<size_t>(size));
  for (size_t end = unread_.find('\n'); end != std::string::npos; end = unread_.find('\n')) {
    std::string line = unread_.substr(0, end);
    unread_.erase(0, end + 1);
    take(line);
  }
}

void QemuGuest::take(const std::string &line) {
  std::string event = jsonStringMember(line, "event");
  if (event.empty()) {
    auto found = asked_.find(static_cast<unsigned>(jsonNumberMember(line, "id")));
    if (found == asked_.end()) return;
    Done done = std::move(found->second);
    asked_.erase(found);
    return done(jsonStringMember(line, "problem"));
  }
  if (over_) return;
  over_ = true;
  // QEMU is gone, and all that the guest ever said is there to be read.
  while (console_ >= 0) passConsoleOutput();
  std::string words = jsonStringMember(line, "words");
  leave();
  if (event == "powered-off") {
    events_.poweredOff();
  } else {
    events_.failed(words);
  }
}

void QemuGuest::passConsoleOutput() {
  char bytes[16384];
  ssize_t size = recv(console_, bytes, sizeof bytes, 0);
  if (size <= 0) {
    loop_->unwatch(console_);
    close(console_);
    console_ = -1;
    return;
  }
  if (description_.consoleOutput >= 0) writeAll(description_.consoleOutput, bytes, static_cast<size_t>(size));
}

void QemuGuest::passConsoleInput() {
  char bytes[4096];
  ssize_t size = read(description_.consoleInput, bytes, sizeof bytes);
  if (size <= 0 || console_ < 0) return loop_->unwatch(description_.consoleInput);
  send(console_, bytes, static_cast<size_t>(size), MSG_NOSIGNAL);
}

// Nothing is asked or told any more.
void QemuGuest::leave() {
  over_ = true;
  if (control_ >= 0) close(control_);
  control_ = -1;
  auto asked = std::move(asked_);
  asked_.clear();
  for (const auto &[id, done] : asked) done(kEnded);
  loop_->quit();
  if (ended_) ended_();
  ended_ = nullptr;
}

}  // namespace applevz_double
