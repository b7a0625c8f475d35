#include <cstdio>
#include <fstream>
#include <iterator>

#include "applevz_double.h"
#include "settings.h"

using applevz_double::settings;

namespace {

// A stand-in of codesign leaves what it was given at the end of the executable that it signs.
bool signedWith(const std::string &entitlement) {
  const std::streamoff tail = 16 * 1024;
  std::ifstream own("/proc/self/exe", std::ios::binary | std::ios::ate);
  std::streamoff size = own.tellg();
  own.seekg(size > tail ? size - tail : 0);
  std::string bytes((std::istreambuf_iterator<char>(own)), std::istreambuf_iterator<char>());
  return bytes.find("<key>" + entitlement + "</key>") != std::string::npos;
}

}  // namespace

int applevz_double_os_at_least(int major, int minor) {
  int ownMajor = 0;
  int ownMinor = 0;
  sscanf(settings().osVersion.c_str(), "%d.%d", &ownMajor, &ownMinor);
  return ownMajor != major ? ownMajor > major : ownMinor >= minor;
}

int applevz_double_is_arm64() {
  return settings().arm64;
}

const char *applevz_double_os_version() {
  return settings().osVersion.c_str();
}

const char *applevz_double_sdk_version() {
  return settings().sdkVersion.c_str();
}

int applevz_double_has_entitlement(const char *name) {
  if (settings().entitledBySignature) return signedWith(name);
  for (const auto &one : settings().entitlements) {
    if (one == name) return 1;
  }
  return 0;
}
