// What the framework, or the addon itself, says of a failure. Plain C++.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace applevz {

struct Failure {
  std::string domain;
  int64_t code = 0;
  std::string message;
  std::optional<std::string> reason;
  // The error behind this one, with its own and so on.
  std::shared_ptr<const Failure> underlying;
};

// Codes of the addon's own domain, `applevz`; `ADDON_FAILURES` in addon.ts says the same.
enum class OwnCode : int64_t {
  kClosed = 1,
  kException = 2,
  kUnsupported = 3,
  kNoDevice = 4,
  kRefused = 5,
};

Failure OwnFailure(OwnCode code, std::string message);

// Of a machine that was closed, before or while something was asked of it.
Failure ClosedFailure();

// A system call's: `what` could not be done, and why in the system's words.
Failure SystemFailure(int error, const std::string &what);

}  // namespace applevz
