#include "machine_spec_argument.h"

#include <cctype>
#include <climits>

namespace applevz {

namespace {

constexpr uint64_t kMiB = 1024 * 1024;
// The largest whole number that JavaScript holds exactly, rounded down to MiB.
constexpr uint64_t kMaxMemory = ((1ULL << 53) - 1) / kMiB * kMiB;
constexpr size_t kMaxDiskIdentifier = 20;
constexpr size_t kMaxTag = 35;

int ReadFd(Arguments &arguments, const Argument &argument) {
  return static_cast<int>(arguments.Whole(argument, 0, INT_MAX));
}

uint64_t ReadMemory(Arguments &arguments, const Argument &argument) {
  uint64_t bytes = arguments.Whole(argument, kMiB, kMaxMemory);
  if (bytes % kMiB != 0) arguments.Refuse(argument, "must be a multiple of 1048576 (1 MiB)");
  return bytes;
}

// Six pairs of hexadecimal digits, with colons.
bool IsMac(const std::string &text) {
  if (text.size() != 17) return false;
  for (size_t i = 0; i < text.size(); i++) {
    bool right = i % 3 == 2 ? text[i] == ':' : std::isxdigit(static_cast<unsigned char>(text[i])) != 0;
    if (!right) return false;
  }
  return true;
}

std::string ReadMac(Arguments &arguments, const Argument &argument) {
  std::string mac = arguments.Text(argument);
  if (!IsMac(mac)) arguments.Refuse(argument, "must be a MAC address such as 02:00:00:aa:bb:cc");
  return mac;
}

std::variant<LinuxBoot, EfiBoot> ReadBoot(Arguments &arguments, const Argument &boot) {
  if (arguments.Word<2>(arguments.Member(boot, "kind"), {"linux", "efi"}) == 0) {
    LinuxBoot read;
    read.kernel = arguments.AbsolutePath(arguments.Member(boot, "kernel"));
    Argument initramfs = arguments.Member(boot, "initramfs");
    if (!arguments.IsNull(initramfs)) read.initramfs = arguments.AbsolutePath(initramfs);
    read.command_line = arguments.Text(arguments.Member(boot, "cmdline"));
    return read;
  }
  EfiBoot read;
  read.variable_store = arguments.AbsolutePath(arguments.Member(boot, "variableStore"));
  read.create = arguments.Flag(arguments.Member(boot, "create"));
  return read;
}

DiskSpec ReadDisk(Arguments &arguments, const Argument &disk) {
  DiskSpec read;
  read.path = arguments.AbsolutePath(arguments.Member(disk, "path"));
  read.read_only = arguments.Flag(arguments.Member(disk, "readOnly"));
  read.caching = static_cast<Caching>(
      arguments.Word<3>(arguments.Member(disk, "caching"), {"automatic", "uncached", "cached"}));
  read.synchronization = static_cast<Synchronization>(
      arguments.Word<3>(arguments.Member(disk, "synchronization"), {"full", "fsync", "none"}));
  Argument identifier = arguments.Member(disk, "identifier");
  read.identifier = arguments.NonEmptyText(identifier);
  bool ascii = true;
  for (char one : read.identifier) ascii = ascii && one > 0x20 && one < 0x7f;
  if (!ascii || read.identifier.size() > kMaxDiskIdentifier) {
    arguments.Refuse(identifier, "must be at most 20 printable ASCII characters without spaces");
  }
  return read;
}

NetworkSpec ReadNetwork(Arguments &arguments, const Argument &network) {
  NetworkSpec read;
  size_t kind = arguments.Word<4>(arguments.Member(network, "kind"), {"nat", "socket", "bridged", "vmnet"});
  read.mac = ReadMac(arguments, arguments.Member(network, "mac"));
  if (kind == 1) {
    SocketNetwork socket;
    socket.fd = ReadFd(arguments, arguments.Member(network, "fd"));
    socket.mtu = static_cast<int64_t>(arguments.Whole(arguments.Member(network, "mtu"), 1500, 65535));
    read.attachment = socket;
  } else if (kind == 2) {
    read.attachment = BridgedNetwork{arguments.NonEmptyText(arguments.Member(network, "interface"))};
  } else if (kind == 3) {
    read.attachment = VmnetNetwork{arguments.Word<2>(arguments.Member(network, "mode"), {"shared", "host"}) == 1};
  }
  return read;
}

ShareSpec ReadShare(Arguments &arguments, const Argument &share) {
  ShareSpec read;
  size_t kind = arguments.Word<2>(arguments.Member(share, "kind"), {"directory", "rosetta"});
  Argument tag = arguments.Member(share, "tag");
  read.tag = arguments.NonEmptyText(tag);
  if (read.tag.size() > kMaxTag) arguments.Refuse(tag, "must be at most 35 bytes of UTF-8");
  if (kind == 1) {
    read.share = RosettaShare{};
    return read;
  }
  DirectoryShare directory;
  directory.path = arguments.AbsolutePath(arguments.Member(share, "path"));
  directory.read_only = arguments.Flag(arguments.Member(share, "readOnly"));
  read.share = directory;
  return read;
}

std::variant<std::monostate, SerialFile, SerialFds> ReadSerial(Arguments &arguments, const Argument &serial) {
  if (arguments.IsNull(serial)) return std::monostate{};
  if (arguments.Word<2>(arguments.Member(serial, "kind"), {"file", "fds"}) == 0) {
    return SerialFile{arguments.AbsolutePath(arguments.Member(serial, "path"))};
  }
  SerialFds fds;
  Argument input = arguments.Member(serial, "input");
  if (!arguments.IsNull(input)) fds.input = ReadFd(arguments, input);
  fds.output = ReadFd(arguments, arguments.Member(serial, "output"));
  return fds;
}

template <typename Read>
auto ReadList(Arguments &arguments, const Argument &list, Read read) {
  std::vector<decltype(read(arguments, list))> all;
  uint32_t length = arguments.Length(list);
  for (uint32_t i = 0; i < length && arguments.ok(); i++) all.push_back(read(arguments, arguments.Item(list, i)));
  return all;
}

}  // namespace

MachineSpec ReadMachineSpec(Arguments &arguments, const Argument &spec) {
  MachineSpec read;
  read.label = arguments.NonEmptyText(arguments.Member(spec, "label"));
  read.boot = ReadBoot(arguments, arguments.Member(spec, "boot"));
  read.cpus = static_cast<uint32_t>(arguments.Whole(arguments.Member(spec, "cpus"), 1, UINT32_MAX));
  read.memory_bytes = ReadMemory(arguments, arguments.Member(spec, "memoryBytes"));
  Argument machine_id = arguments.Member(spec, "machineId");
  if (!arguments.IsNull(machine_id)) read.machine_id = arguments.Bytes(machine_id);
  read.nested_virtualization = arguments.Flag(arguments.Member(spec, "nestedVirtualization"));
  read.disks = ReadList(arguments, arguments.Member(spec, "disks"), ReadDisk);
  read.networks = ReadList(arguments, arguments.Member(spec, "networks"), ReadNetwork);
  read.shares = ReadList(arguments, arguments.Member(spec, "shares"), ReadShare);
  read.serial = ReadSerial(arguments, arguments.Member(spec, "serial"));
  read.vsock = arguments.Flag(arguments.Member(spec, "vsock"));
  return read;
}

}  // namespace applevz
