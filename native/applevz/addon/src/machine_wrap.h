// Plain C++.
#pragma once

#include "node_api_config.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "machine.h"
#include "settler.h"

namespace applevz {

class Environment;

// A `NativeMachine` of addon.ts. One that JavaScript does not refer to any more is closed; an open promise of it refers to it.
class MachineWrap : public Napi::ObjectWrap<MachineWrap> {
 public:
  static Napi::Function Define(Napi::Env env);
  // createMachine(spec, onEvent)
  static Napi::Value Create(const Napi::CallbackInfo &info);

  explicit MachineWrap(const Napi::CallbackInfo &info);
  ~MachineWrap() override;

  // The environment ends: lets go of the machine, without JavaScript.
  void Orphan();

 private:
  Napi::Value MachineId(const Napi::CallbackInfo &info);
  Napi::Value State(const Napi::CallbackInfo &info);
  template <void (Machine::*operation)(Machine::Done)>
  Napi::Value Simple(const Napi::CallbackInfo &info);
  template <void (Machine::*operation)(const std::string &, Machine::Done)>
  Napi::Value WithPath(const Napi::CallbackInfo &info);
  Napi::Value SetMemoryTarget(const Napi::CallbackInfo &info);
  Napi::Value ConnectVsock(const Napi::CallbackInfo &info);
  Napi::Value ListenVsock(const Napi::CallbackInfo &info);
  Napi::Value UnlistenVsock(const Napi::CallbackInfo &info);
  void Close(const Napi::CallbackInfo &info);

  // A promise that what `begin` begins settles; rejected for a closed machine.
  Napi::Value Begin(Napi::Env env, const std::function<void(const Settler &)> &begin);
  void DeliverEvent(Napi::Env env, const MachineEvent &event);
  void DeliverConnection(Napi::Env env, uint32_t port, std::shared_ptr<VsockLink> link);

  // Null after the environment's end.
  Environment *environment_ = nullptr;
  uint64_t id_ = 0;
  // Null after Close.
  std::unique_ptr<Machine> machine_;
  std::optional<std::string> machine_id_;
};

}  // namespace applevz
