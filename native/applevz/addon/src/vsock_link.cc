#include "vsock_link.h"

#include <unistd.h>

#include <utility>

namespace applevz {

VsockLink::VsockLink(int fd, uint32_t source_port, uint32_t destination_port, std::shared_ptr<void> keeper)
    : fd_(fd), source_port_(source_port), destination_port_(destination_port), keeper_(std::move(keeper)) {}

VsockLink::~VsockLink() {
  if (fd_ >= 0) ::close(fd_);
}

int VsockLink::TakeFd() {
  return std::exchange(fd_, -1);
}

}  // namespace applevz
