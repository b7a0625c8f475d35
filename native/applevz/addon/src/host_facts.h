// What this Mac, this macOS and this process allow. Plain C++.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "failure.h"

namespace applevz {

enum class Rosetta { kUnsupported, kNotInstalled, kInstalled };

struct HostFacts {
  std::string os_version;
  bool arm64 = false;
  std::string built_with_sdk;
  bool supported = false;
  bool entitled = false;
  bool may_bridge = false;
  uint32_t min_cpus = 0;
  uint32_t max_cpus = 0;
  uint64_t min_memory_bytes = 0;
  uint64_t max_memory_bytes = 0;
  Rosetta rosetta = Rosetta::kUnsupported;
  bool nested_virtualization = false;
  bool save_restore = false;
  bool efi = false;
  bool vmnet = false;
};

struct BridgeInterface {
  std::string identifier;
  std::optional<std::string> name;
};

// Null-like, with `failure` set, when the framework raises.
std::optional<HostFacts> ReadHostFacts(Failure *failure);
std::optional<std::vector<BridgeInterface>> ReadBridgeInterfaces(Failure *failure);

// Answers from a thread of the framework's choice.
void InstallRosetta(std::function<void(std::optional<Failure>)> done);

}  // namespace applevz
