#include "kernel-file.h"

#include <fstream>

namespace applevz_double {

bool isBootable(const std::string &kernel, bool arm64) {
  const std::string magic = arm64 ? "ARM\x64" : "HdrS";
  std::ifstream file(kernel, std::ios::binary);
  std::string found(magic.size(), '\0');
  file.seekg(arm64 ? 0x38 : 0x202);
  file.read(&found[0], static_cast<std::streamsize>(found.size()));
  return file && found == magic;
}

}  // namespace applevz_double
