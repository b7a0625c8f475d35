#include "exclusive-uses.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>

namespace applevz_double {

ExclusiveUses::ExclusiveUses(ExclusiveUses &&other) noexcept : descriptors_(std::move(other.descriptors_)) {
  other.descriptors_.clear();
}

ExclusiveUses &ExclusiveUses::operator=(ExclusiveUses &&other) noexcept {
  if (this != &other) {
    letGo();
    descriptors_.swap(other.descriptors_);
  }
  return *this;
}

ExclusiveUses::~ExclusiveUses() {
  letGo();
}

bool ExclusiveUses::takeDisk(const std::string &path, bool readOnly) {
  return lock(path, readOnly ? O_RDONLY : O_RDWR, readOnly ? LOCK_SH : LOCK_EX);
}

// A name in the abstract namespace: bound once at a time in the whole host, on no disk, and gone with the process.
bool ExclusiveUses::takeIdentifier(const std::string &hexDigits) {
  std::string name = "vmrs-applevz-fake-" + std::to_string(getuid()) + "-" + hexDigits;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (name.size() + 1 > sizeof(address.sun_path)) return false;
  memcpy(address.sun_path + 1, name.data(), name.size());
  int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return false;
  socklen_t length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  if (bind(descriptor, reinterpret_cast<sockaddr *>(&address), length) != 0) {
    close(descriptor);
    return false;
  }
  descriptors_.push_back(descriptor);
  return true;
}

void ExclusiveUses::letGo() {
  for (int descriptor : descriptors_) close(descriptor);
  descriptors_.clear();
}

// `flock`, as on a Mac, belongs to the open file: it also keeps out a second machine of this process, and goes with the process.
bool ExclusiveUses::lock(const std::string &path, int flags, int operation) {
  int descriptor = open(path.c_str(), flags | O_CLOEXEC, 0600);
  if (descriptor < 0) return false;
  if (flock(descriptor, operation | LOCK_NB) != 0) {
    close(descriptor);
    return false;
  }
  descriptors_.push_back(descriptor);
  return true;
}

}  // namespace applevz_double
