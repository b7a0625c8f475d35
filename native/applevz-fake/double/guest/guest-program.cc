#include "guest-program.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <thread>

#include "json-text.h"
#include "settings.h"

namespace applevz_double {
namespace {

constexpr int kFirstDescriptor = 3;
// Those of networks come after the control socket and the console.
constexpr int kFirstNetwork = 5;
// Above all that the program gets, so that no copy is in the way of another.
constexpr int kHigh = 64;

// What the program is not to inherit: the sanitizers' runtime, Node.js's own, and the double's settings.
bool isForThisProcessOnly(const char *variable) {
  for (const char *prefix :
       {"LD_PRELOAD=", "ASAN_OPTIONS=", "NODE_OPTIONS=", "NODE_CHANNEL_FD=", "VMRS_APPLEVZ_FAKE_"}) {
    if (strncmp(variable, prefix, strlen(prefix)) == 0) return true;
  }
  return false;
}

template <typename Part, typename Write>
std::string jsonArray(const std::vector<Part> &parts, Write write) {
  std::string text = "[";
  for (const auto &part : parts) {
    if (text.size() > 1) text += ",";
    text += write(part);
  }
  return text + "]";
}

std::string flag(bool value) {
  return value ? "true" : "false";
}

}  // namespace

std::string describeInJson(const GuestDescription &all) {
  int nextNetwork = kFirstNetwork;
  std::string disks = jsonArray(all.disks, [](const GuestDisk &one) {
    return "{\"path\":" + jsonString(one.path) + ",\"readOnly\":" + flag(one.readOnly) +
           ",\"identifier\":" + jsonString(one.identifier) + "}";
  });
  std::string networks = jsonArray(all.networks, [&](const GuestNetwork &one) {
    std::string descriptor = one.descriptor < 0 ? "null" : std::to_string(nextNetwork++);
    return "{\"kind\":" + jsonString(one.kind) + ",\"mac\":" + jsonString(one.mac) + ",\"descriptor\":" + descriptor +
           "}";
  });
  std::string shares = jsonArray(all.shares, [](const GuestShare &one) {
    return "{\"tag\":" + jsonString(one.tag) + ",\"path\":" + jsonStringOrNull(one.path) +
           ",\"readOnly\":" + flag(one.readOnly) + "}";
  });
  return "{\"kernel\":" + jsonStringOrNull(all.kernel) + ",\"initramfs\":" + jsonStringOrNull(all.initramfs) +
         ",\"cmdline\":" + jsonString(all.cmdline) + ",\"cpus\":" + std::to_string(all.cpus) +
         ",\"memoryBytes\":" + std::to_string(all.memoryBytes) + ",\"disks\":" + disks + ",\"networks\":" + networks +
         ",\"shares\":" + shares + "}";
}

bool spawnGuestProgram(const GuestDescription &description, int control, int console) {
  const Settings &told = settings();
  std::vector<int> given{control, console};
  for (const auto &network : description.networks) {
    if (network.descriptor >= 0) given.push_back(network.descriptor);
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
  std::vector<int> copies;
  for (int descriptor : given) {
    int copy = fcntl(descriptor, F_DUPFD_CLOEXEC, kHigh);
    posix_spawn_file_actions_adddup2(&actions, copy, kFirstDescriptor + static_cast<int>(copies.size()));
    copies.push_back(copy);
  }
  std::vector<char *> environment;
  for (char **one = environ; *one != nullptr; one++) {
    if (!isForThisProcessOnly(*one)) environment.push_back(*one);
  }
  environment.push_back(nullptr);
  std::string node = told.node;
  std::string conditions = "--conditions=@vmrs/source";
  std::string program = told.guestProgram;
  char *arguments[] = {&node[0], &conditions[0], &program[0], nullptr};
  pid_t pid = 0;
  bool started = posix_spawn(&pid, node.c_str(), &actions, nullptr, arguments, environment.data()) == 0;
  posix_spawn_file_actions_destroy(&actions);
  for (int copy : copies) close(copy);
  if (started) std::thread([pid] { waitpid(pid, nullptr, 0); }).detach();
  return started;
}

}  // namespace applevz_double
