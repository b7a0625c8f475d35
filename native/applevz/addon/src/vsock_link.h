// One vsock connection: a duplicate of the framework's descriptor, and what keeps the framework's own alive. Plain C++.
#pragma once

#include <cstdint>
#include <memory>

namespace applevz {

class VsockLink {
 public:
  // `keeper` holds the framework's connection, and lets go of it on the machine's queue, whichever thread destroys it.
  VsockLink(int fd, uint32_t source_port, uint32_t destination_port, std::shared_ptr<void> keeper);
  // Closes the duplicate unless it was taken.
  ~VsockLink();
  VsockLink(const VsockLink &) = delete;
  VsockLink &operator=(const VsockLink &) = delete;

  // The duplicate, which is the caller's from now on.
  int TakeFd();
  uint32_t source_port() const { return source_port_; }
  uint32_t destination_port() const { return destination_port_; }
  // Lets go of the framework's connection, which ends the stream.
  void Release() { keeper_.reset(); }

 private:
  int fd_;
  const uint32_t source_port_;
  const uint32_t destination_port_;
  std::shared_ptr<void> keeper_;
};

}  // namespace applevz
