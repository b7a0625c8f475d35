#include "failure.h"

#include <cstring>

namespace applevz {

Failure OwnFailure(OwnCode code, std::string message) {
  Failure failure;
  failure.domain = "applevz";
  failure.code = static_cast<int64_t>(code);
  failure.message = std::move(message);
  return failure;
}

Failure ClosedFailure() {
  return OwnFailure(OwnCode::kClosed, "The machine was closed.");
}

Failure SystemFailure(int error, const std::string &what) {
  Failure failure;
  failure.domain = "NSPOSIXErrorDomain";
  failure.code = error;
  failure.message = what + ": " + std::strerror(error);
  return failure;
}

}  // namespace applevz
