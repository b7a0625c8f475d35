// A whole machine as it was asked for; `MachineSpec` of addon.ts, checked. Plain C++.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace applevz {

struct LinuxBoot {
  std::string kernel;
  std::optional<std::string> initramfs;
  std::string command_line;
};

struct EfiBoot {
  std::string variable_store;
  bool create = false;
};

enum class Caching { kAutomatic, kUncached, kCached };
enum class Synchronization { kFull, kFsync, kNone };

struct DiskSpec {
  std::string path;
  bool read_only = false;
  Caching caching = Caching::kCached;
  Synchronization synchronization = Synchronization::kFsync;
  std::string identifier;
};

struct NatNetwork {};
struct SocketNetwork {
  // The caller's own; it is duplicated.
  int fd = -1;
  int64_t mtu = 1500;
};
struct BridgedNetwork {
  std::string interface;
};
struct VmnetNetwork {
  bool host_only = false;
};

struct NetworkSpec {
  std::string mac;
  std::variant<NatNetwork, SocketNetwork, BridgedNetwork, VmnetNetwork> attachment;
};

struct DirectoryShare {
  std::string path;
  bool read_only = false;
};
struct RosettaShare {};

struct ShareSpec {
  std::string tag;
  std::variant<DirectoryShare, RosettaShare> share;
};

struct SerialFile {
  std::string path;
};
struct SerialFds {
  // The caller's own; they are duplicated.
  std::optional<int> input;
  int output = -1;
};

struct MachineSpec {
  std::string label;
  std::variant<LinuxBoot, EfiBoot> boot;
  uint32_t cpus = 1;
  uint64_t memory_bytes = 0;
  std::optional<std::string> machine_id;
  bool nested_virtualization = false;
  std::vector<DiskSpec> disks;
  std::vector<NetworkSpec> networks;
  std::vector<ShareSpec> shares;
  std::variant<std::monostate, SerialFile, SerialFds> serial;
  bool vsock = false;
};

}  // namespace applevz
