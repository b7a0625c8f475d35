#include "counters.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "applevz_double.h"
#include "settings.h"

namespace applevz_double {
namespace {

constexpr int kPatienceMs = 1000;

// One line of JSON for each process, so that tests over several processes can add them up.
void appendLine() {
  const std::string &path = settings().log;
  if (path.empty()) return;
  FILE *log = fopen(path.c_str(), "a");
  if (log == nullptr) return;
  const Counters &all = counters();
  // Machines that were let go of just now may still be ending, in threads of their own.
  for (int i = 0; i < kPatienceMs && all.machinesAlive > 0; i++) usleep(1000);
  fprintf(log, "{\"pid\":%d,\"made\":%d,\"alive\":%d,\"offQueue\":%d,\"exceptions\":%d}\n", getpid(),
          all.machinesMade.load(), all.machinesAlive.load(), all.offQueueCalls.load(), all.exceptions.load());
  fclose(log);
}

// When the addon is loaded: what is registered then runs after Node.js has ended its environments.
[[gnu::constructor]] void registerLine() {
  atexit(appendLine);
}

}  // namespace

Counters &counters() {
  // Never freed: threads may count while the process ends.
  static auto *all = new Counters;
  return *all;
}

void countOffQueueCall(const char *what) {
  counters().offQueueCalls++;
  fprintf(stderr, "applevz double: %s off the queue of its machine\n", what);
  if (settings().offQueueIsFatal) abort();
}

}  // namespace applevz_double

int applevz_double_live_machines() {
  return applevz_double::counters().machinesAlive;
}

int applevz_double_made_machines() {
  return applevz_double::counters().machinesMade;
}

int applevz_double_off_queue_calls() {
  return applevz_double::counters().offQueueCalls;
}

int applevz_double_exceptions() {
  return applevz_double::counters().exceptions;
}
