// What a machine runs, and how the machine talks to it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace applevz_double {

struct GuestDisk {
  std::string path;
  bool readOnly;
  std::string identifier;
};

struct GuestNetwork {
  // "nat", "socket", "bridged" or "vmnet"; "none" without an attachment.
  std::string kind;
  std::string mac;
  // Of a socket, else -1. The machine's.
  int descriptor;
  int mtu;
};

struct GuestShare {
  std::string tag;
  // Empty for Rosetta, and for a device without a share.
  std::string path;
  bool readOnly;
};

// The hardware. Descriptors belong to the machine, which outlives its guest's use of them.
struct GuestDescription {
  std::string kernel;
  std::string initramfs;
  std::string cmdline;
  std::string efiStore;
  unsigned long cpus = 1;
  uint64_t memoryBytes = 0;
  std::vector<GuestDisk> disks;
  std::vector<GuestNetwork> networks;
  std::vector<GuestShare> shares;
  // What the guest writes goes there, and what it reads comes from there; -1 for neither.
  int consoleOutput = -1;
  int consoleInput = -1;
};

// What the guest tells. Called in any thread.
struct GuestEvents {
  std::function<void()> poweredOff;
  // What runs the guest has failed.
  std::function<void(const std::string &words)> failed;
  // A program of the guest connects to `port` of the host; answers whether the host takes the connection, the descriptor of which is the callee's then.
  std::function<bool(uint32_t port, uint32_t guestPort, int descriptor)> connects;
};

class Guest {
 public:
  // Why it cannot be done; empty when it was.
  using Done = std::function<void(const std::string &problem)>;
  // The descriptor of the host's end, and the host's port; -1 when nothing listens.
  using Connected = std::function<void(int descriptor, uint32_t hostPort)>;

  virtual ~Guest() = default;
  // Begins the guest; from a file in which its state begins at `offset` it comes up suspended.
  virtual void start(Done done) = 0;
  virtual void startFrom(const std::string &path, uint64_t offset, Done done) = 0;
  virtual void pressPowerButton() = 0;
  virtual void suspend(Done done) = 0;
  virtual void resume(Done done) = 0;
  // Appends its state to the file.
  virtual void saveTo(const std::string &path, Done done) = 0;
  virtual void connect(uint32_t port, Connected done) = 0;
  // Ends it at once; nothing more is heard of it. `done` when it is gone.
  virtual void end(std::function<void()> done) = 0;
};

// The first port that connections of the host seem to come from.
constexpr uint32_t kFirstHostPort = 1073741824;

}  // namespace applevz_double
