// What the double counts. Tests of the addon assert on it.
#pragma once

#include <atomic>

namespace applevz_double {

struct Counters {
  std::atomic<int> machinesMade{0};
  std::atomic<int> machinesAlive{0};
  std::atomic<int> offQueueCalls{0};
  std::atomic<int> exceptions{0};
};

// Of this process.
Counters &counters();

// Counts a use of a machine off its queue, and says so; ends the process where the settings say so.
void countOffQueueCall(const char *what);

}  // namespace applevz_double
