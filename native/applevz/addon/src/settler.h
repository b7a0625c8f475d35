// Settles one promise, from any thread. Plain C++.
#pragma once

#include "node_api_config.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "channel.h"
#include "failure.h"

namespace applevz {

// Copies settle the same promise; the first answer counts. Dropping it leaves the promise open.
class Settler {
 public:
  Settler(std::shared_ptr<Channel> channel, uint64_t id) : channel_(std::move(channel)), id_(id) {}

  // `value` is called on the environment's thread, if the promise is open still.
  void Fulfil(std::function<Napi::Value(Napi::Env)> value) const;
  void Fail(Failure failure) const;
  // Fulfils with undefined, or fails.
  void operator()(std::optional<Failure> failure) const;

 private:
  std::shared_ptr<Channel> channel_;
  uint64_t id_;
};

}  // namespace applevz
