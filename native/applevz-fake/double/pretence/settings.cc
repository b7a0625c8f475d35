#include "settings.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <sstream>

namespace applevz_double {
namespace {

std::string text(const char *name, const char *otherwise) {
  const char *value = getenv((std::string("VMRS_APPLEVZ_FAKE_") + name).c_str());
  return value == nullptr ? otherwise : value;
}

bool yes(const char *name, const char *otherwise) {
  return text(name, otherwise) == "yes";
}

uint64_t number(const char *name, uint64_t otherwise) {
  std::string value = text(name, "");
  return value.empty() ? otherwise : strtoull(value.c_str(), nullptr, 10);
}

std::vector<std::string> split(const std::string &whole, char separator) {
  std::vector<std::string> parts;
  std::stringstream stream(whole);
  for (std::string part; std::getline(stream, part, separator);) {
    if (!part.empty()) parts.push_back(part);
  }
  return parts;
}

std::pair<std::string, std::string> pairOf(const std::string &whole) {
  auto at = whole.find('=');
  if (at == std::string::npos) return {whole, ""};
  return {whole.substr(0, at), whole.substr(at + 1)};
}

#if defined(__aarch64__)
const char kOwnArch[] = "arm64";
#else
const char kOwnArch[] = "x64";
#endif

Settings read() {
  Settings all{};
  std::string entitlements = text("ENTITLEMENTS", "com.apple.security.virtualization");
  all.entitledBySignature = entitlements == "signed";
  if (!all.entitledBySignature) all.entitlements = split(entitlements, ',');
  all.supported = yes("SUPPORTED", "yes");
  all.arm64 = text("ARCH", kOwnArch) == "arm64";
  all.nested = yes("NESTED", "no");
  all.vmnet = yes("VMNET", "yes");
  all.offQueueIsFatal = yes("OFF_QUEUE_IS_FATAL", "no");
  all.qemuGuests = text("GUEST", "scripted") == "qemu";
  all.osVersion = text("OS_VERSION", "26.0.0");
  all.sdkVersion = text("SDK_VERSION", "26.0");
  all.rosetta = text("ROSETTA", "installed");
  all.rosettaInstallation = text("ROSETTA_INSTALLATION", "");
  all.log = text("LOG", "");
  all.guestProgram = text("GUEST_PROGRAM", "");
  all.node = text("NODE", "");
  for (const auto &one : split(text("BRIDGE_INTERFACES", "en0=Ethernet"), ',')) {
    all.bridgeInterfaces.push_back(pairOf(one));
  }
  all.minCpus = number("MIN_CPUS", 1);
  all.maxCpus = number("MAX_CPUS", 8);
  all.minMemory = number("MIN_MEMORY", 4ull << 20);
  all.maxMemory = number("MAX_MEMORY", 16ull << 30);
  all.maxMachines = number("MAX_MACHINES", 1000);
  all.faults = parseFaults(text("FAULTS", ""));
  return all;
}

std::string ownEnvironment() {
  std::string all;
  for (char **one = environ; *one != nullptr; one++) {
    if (strncmp(*one, "VMRS_APPLEVZ_FAKE_", 18) == 0) all.append(*one).push_back('\n');
  }
  return all;
}

bool isFirstThread() {
  return getpid() == static_cast<pid_t>(syscall(SYS_gettid));
}

}  // namespace

const Settings &settings() {
  static auto *mutex = new std::mutex;
  // Others may still be using what was read before, so all of it stays, beyond the end of the process's statics.
  static auto *environment = new std::string;
  static auto *kept = new std::vector<const Settings *>;
  std::lock_guard<std::mutex> lock(*mutex);
  if (kept->empty() || isFirstThread()) {
    std::string now = ownEnvironment();
    if (kept->empty() || now != *environment) {
      kept->push_back(new Settings(read()));
      *environment = now;
    }
  }
  return *kept->back();
}

Faults parseFaults(const std::string &text) {
  Faults faults;
  for (const auto &one : split(text, ';')) faults.insert(pairOf(one));
  return faults;
}

}  // namespace applevz_double
