// The programs of a scripted guest that listen on its vsock.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <set>

namespace applevz_double {

// Gives back what it gets, as the stand-in for Cloud Hypervisor has it.
constexpr uint32_t kEchoPort = 7;
// Reads a line with a port, connects to that port of the host, says `ok` or `refused` in a line, and gives back there what it gets.
constexpr uint32_t kCallBackPort = 8;

class VsockServices {
 public:
  using Connects = std::function<bool(uint32_t port, uint32_t guestPort, int descriptor)>;

  explicit VsockServices(Connects connects);
  ~VsockServices();

  // The host's end of a new stream, or -1 when nothing listens there.
  int connect(uint32_t port);
  void suspend();
  void resume();
  // Hangs up on all.
  void close();

 private:
  struct Streams;
  std::shared_ptr<Streams> streams_;
  Connects connects_;
};

}  // namespace applevz_double
