#include "exclusive-uses.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

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

bool ExclusiveUses::takeIdentifier(const std::string &hexDigits) {
  const char *temporary = getenv("TMPDIR");
  std::string folder = std::string(temporary == nullptr ? "/tmp" : temporary) + "/vmrs-applevz-fake-" +
                       std::to_string(getuid());
  mkdir(folder.c_str(), 0700);
  return lock(folder + "/" + hexDigits, O_RDWR | O_CREAT, LOCK_EX);
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
