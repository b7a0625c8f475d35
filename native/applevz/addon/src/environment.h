// What the addon keeps for one environment of Node.js. Plain C++.
#pragma once

#include "node_api_config.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>

#include "channel.h"
#include "failure.h"
#include "machine.h"
#include "settler.h"

namespace applevz {

class MachineWrap;

// All of it is used on the environment's thread only.
class Environment {
 public:
  // Null, with a JavaScript exception pending, when Node.js refuses.
  static Environment *Install(Napi::Env env);
  static Environment &Of(Napi::Env env);

  const std::shared_ptr<Channel> &channel() const { return channel_; }

  // An open promise keeps the environment, and `owner` if there is one, alive until it is settled.
  struct Opened {
    Napi::Promise promise;
    Settler settler;
  };
  Opened Open(Napi::Env env, MachineWrap *owner);
  // Settles the promise by what `value` makes; nothing for one that is settled.
  void Resolve(Napi::Env env, uint64_t promise, const std::function<Napi::Value(Napi::Env)> &value);
  void Reject(Napi::Env env, uint64_t promise, const Failure &failure);
  // Rejects every open promise of `owner`.
  void RejectAll(Napi::Env env, const MachineWrap *owner, const Failure &failure);

  // A number that was not given before.
  uint64_t NewId() { return ++last_id_; }
  // Machines by number: a queue may still speak of one that is gone.
  void Add(uint64_t id, MachineWrap *machine) { machines_.emplace(id, machine); }
  void Remove(uint64_t id) { machines_.erase(id); }
  MachineWrap *Find(uint64_t id) const;

  // What a constructor of this addon wraps when it runs next; one that JavaScript calls finds nothing.
  struct NextMachine {
    uint64_t id;
    std::unique_ptr<Machine> machine;
  };
  std::optional<NextMachine> next_machine;
  std::shared_ptr<VsockLink> next_link;
  Napi::FunctionReference machine_class;
  Napi::FunctionReference connection_class;

 private:
  struct Pending {
    Napi::Promise::Deferred deferred;
    MachineWrap *owner;
  };

  explicit Environment(std::shared_ptr<Channel> channel) : channel_(std::move(channel)) {}
  static void AtEnd(void *self);
  std::optional<Pending> Take(Napi::Env env, uint64_t promise);

  const std::shared_ptr<Channel> channel_;
  uint64_t last_id_ = 0;
  std::unordered_map<uint64_t, Pending> pending_;
  std::unordered_map<uint64_t, MachineWrap *> machines_;
};

}  // namespace applevz
