// How the double behaves, by the environment: see src/settings.ts, where each setting is described.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace applevz_double {

// Ways to fail, by name; each with its value, or an empty text.
using Faults = std::map<std::string, std::string>;

struct Settings {
  std::vector<std::string> entitlements;
  bool entitledBySignature;
  bool supported;
  bool arm64;
  bool nested;
  bool vmnet;
  bool offQueueIsFatal;
  bool qemuGuests;
  std::string osVersion;
  std::string sdkVersion;
  std::string rosetta;
  std::string rosettaInstallation;
  std::string log;
  std::string guestProgram;
  std::string node;
  std::vector<std::pair<std::string, std::string>> bridgeInterfaces;
  unsigned long minCpus;
  unsigned long maxCpus;
  uint64_t minMemory;
  uint64_t maxMemory;
  unsigned long maxMachines;
  Faults faults;
};

// As the environment is now, to the process's first thread, which alone changes it; to other threads as it was when that one last asked. Never freed, never changed.
const Settings &settings();

// `slow-start=200;fail-save=No space` and so on.
Faults parseFaults(const std::string &text);

}  // namespace applevz_double
