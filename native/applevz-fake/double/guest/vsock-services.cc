#include "vsock-services.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <thread>

namespace applevz_double {

// The guest's ends of its streams, each served by a thread, which may outlive the guest for a moment.
struct VsockServices::Streams {
  std::mutex mutex;
  std::condition_variable changed;
  std::set<int> open;
  bool suspended = false;
  bool closed = false;
  uint32_t lastGuestPort = 1024;

  bool add(int descriptor) {
    std::lock_guard<std::mutex> lock(mutex);
    if (closed) return false;
    open.insert(descriptor);
    return true;
  }

  void remove(int descriptor) {
    std::lock_guard<std::mutex> lock(mutex);
    open.erase(descriptor);
    ::close(descriptor);
  }

  uint32_t nextGuestPort() {
    std::lock_guard<std::mutex> lock(mutex);
    return ++lastGuestPort;
  }

  // A suspended guest does nothing. False when it has ended.
  bool waitUntilRuns() {
    std::unique_lock<std::mutex> lock(mutex);
    changed.wait(lock, [&] { return closed || !suspended; });
    return !closed;
  }
};

namespace {

bool sendAll(int descriptor, const char *bytes, size_t size) {
  while (size > 0) {
    ssize_t sent = send(descriptor, bytes, size, MSG_NOSIGNAL);
    if (sent < 0) return false;
    bytes += sent;
    size -= static_cast<size_t>(sent);
  }
  return true;
}

template <typename Streams>
void echo(const std::shared_ptr<Streams> &streams, int descriptor) {
  char bytes[64 * 1024];
  for (;;) {
    ssize_t size = recv(descriptor, bytes, sizeof bytes, 0);
    if (size <= 0 || !streams->waitUntilRuns()) break;
    if (!sendAll(descriptor, bytes, static_cast<size_t>(size))) break;
  }
  streams->remove(descriptor);
}

std::string readLine(int descriptor) {
  std::string line;
  for (char one; recv(descriptor, &one, 1, 0) == 1 && one != '\n';) line.push_back(one);
  return line;
}

}  // namespace

VsockServices::VsockServices(Connects connects)
    : streams_(std::make_shared<Streams>()), connects_(std::move(connects)) {}

VsockServices::~VsockServices() {
  close();
}

int VsockServices::connect(uint32_t port) {
  int ends[2];
  if (port != kEchoPort && port != kCallBackPort) return -1;
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return -1;
  if (!streams_->add(ends[1])) {
    ::close(ends[0]);
    ::close(ends[1]);
    return -1;
  }
  std::thread([streams = streams_, connects = connects_, port, end = ends[1]] {
    if (port == kEchoPort) return echo(streams, end);
    auto wanted = static_cast<uint32_t>(strtoul(readLine(end).c_str(), nullptr, 10));
    int call[2];
    bool taken = false;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, call) == 0) {
      bool added = streams->add(call[1]);
      taken = added && connects(wanted, streams->nextGuestPort(), call[0]);
      if (!taken) ::close(call[0]);
      if (added && !taken) streams->remove(call[1]);
      if (!added) ::close(call[1]);
    }
    const std::string answer = taken ? "ok\n" : "refused\n";
    sendAll(end, answer.data(), answer.size());
    streams->remove(end);
    if (taken) echo(streams, call[1]);
  }).detach();
  return ends[0];
}

void VsockServices::suspend() {
  std::lock_guard<std::mutex> lock(streams_->mutex);
  streams_->suspended = true;
}

void VsockServices::resume() {
  std::lock_guard<std::mutex> lock(streams_->mutex);
  streams_->suspended = false;
  streams_->changed.notify_all();
}

void VsockServices::close() {
  std::lock_guard<std::mutex> lock(streams_->mutex);
  streams_->closed = true;
  for (int descriptor : streams_->open) shutdown(descriptor, SHUT_RDWR);
  streams_->changed.notify_all();
}

}  // namespace applevz_double
