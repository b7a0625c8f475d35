#pragma once

#include <string>

namespace applevz_double {

// Whether the framework of that Mac can boot the file: an uncompressed `Image` on Apple silicon, a bzImage on Intel (lima-vm/lima#3705).
bool isBootable(const std::string &kernel, bool arm64);

}  // namespace applevz_double
