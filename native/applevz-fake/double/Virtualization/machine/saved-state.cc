#include "saved-state.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

namespace applevz_double {
namespace {

const char kTitle[] = "saved by the applevz double, 1";

std::string headOf(const std::string &fingerprint) {
  return std::string(kTitle) + "\n" + fingerprint + "\n";
}

}  // namespace

std::string beginSavedState(const std::string &path, const std::string &fingerprint) {
  int descriptor = open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
  if (descriptor < 0) return strerror(errno);
  const std::string head = headOf(fingerprint);
  ssize_t written = write(descriptor, head.data(), head.size());
  std::string problem = written == static_cast<ssize_t>(head.size()) ? "" : strerror(errno);
  close(descriptor);
  return problem;
}

std::optional<uint64_t> offsetOfGuestState(const std::string &path, const std::string &fingerprint) {
  const std::string head = headOf(fingerprint);
  std::string found(head.size(), '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(&found[0], static_cast<std::streamsize>(found.size()));
  if (!file || found != head) return std::nullopt;
  return head.size();
}

}  // namespace applevz_double
