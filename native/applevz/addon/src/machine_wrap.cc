#include "machine_wrap.h"

#include <array>
#include <utility>

#include "arguments.h"
#include "callbacks.h"
#include "connection_wrap.h"
#include "environment.h"
#include "failure_value.h"
#include "machine_spec_argument.h"

namespace applevz {

namespace {

constexpr char kOnEvent[] = "event";
// The last number means "any" in the vsock protocol.
constexpr uint64_t kMaxPort = UINT32_MAX - 1;

std::string OnAccept(uint32_t port) {
  return "accept " + std::to_string(port);
}

std::string StateName(int64_t state) {
  constexpr std::array<const char *, 10> kNames = {"stopped", "running",  "paused",   "error",  "starting",
                                                   "pausing", "resuming", "stopping", "saving", "restoring"};
  if (state >= 0 && state < static_cast<int64_t>(kNames.size())) return kNames[static_cast<size_t>(state)];
  return "unknown " + std::to_string(state);
}

Napi::Object ToValue(Napi::Env env, const MachineEvent &event) {
  Napi::Object value = Napi::Object::New(env);
  switch (event.kind) {
    case MachineEvent::Kind::kGuestStopped:
      value.Set("type", "guest-stopped");
      break;
    case MachineEvent::Kind::kStoppedWithError:
      value.Set("type", "stopped-with-error");
      break;
    case MachineEvent::Kind::kNetworkDisconnected:
      value.Set("type", "network-disconnected");
      value.Set("index", Napi::Number::New(env, event.index));
      break;
  }
  if (event.failure) value.Set("error", applevz::ToValue(env, *event.failure));
  return value;
}

}  // namespace

Napi::Function MachineWrap::Define(Napi::Env env) {
  return DefineClass(env, "NativeMachine",
                     {
                         InstanceAccessor<&MachineWrap::MachineId>("machineId", napi_enumerable),
                         InstanceMethod<&MachineWrap::State>("state"),
                         InstanceMethod<&MachineWrap::Simple<&Machine::Start>>("start"),
                         InstanceMethod<&MachineWrap::Simple<&Machine::Pause>>("pause"),
                         InstanceMethod<&MachineWrap::Simple<&Machine::Resume>>("resume"),
                         InstanceMethod<&MachineWrap::Simple<&Machine::RequestStop>>("requestStop"),
                         InstanceMethod<&MachineWrap::Simple<&Machine::Stop>>("stop"),
                         InstanceMethod<&MachineWrap::Simple<&Machine::CheckSaveSupport>>("checkSaveSupport"),
                         InstanceMethod<&MachineWrap::WithPath<&Machine::Save>>("save"),
                         InstanceMethod<&MachineWrap::WithPath<&Machine::Restore>>("restore"),
                         InstanceMethod<&MachineWrap::SetMemoryTarget>("setMemoryTarget"),
                         InstanceMethod<&MachineWrap::ConnectVsock>("connectVsock"),
                         InstanceMethod<&MachineWrap::ListenVsock>("listenVsock"),
                         InstanceMethod<&MachineWrap::UnlistenVsock>("unlistenVsock"),
                         InstanceMethod<&MachineWrap::Close>("close"),
                     });
}

Napi::Value MachineWrap::Create(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  Arguments arguments(env);
  MachineSpec spec = ReadMachineSpec(arguments, {info[0], "spec"});
  Napi::Function on_event = arguments.Function({info[1], "onEvent"});
  if (!arguments.ok()) return env.Undefined();

  Environment &environment = Environment::Of(env);
  uint64_t id = environment.NewId();
  auto events = [channel = environment.channel(), id](MachineEvent event) {
    channel->Post([id, event = std::move(event)](Napi::Env env) {
      MachineWrap *machine = Environment::Of(env).Find(id);
      if (machine != nullptr) machine->DeliverEvent(env, event);
    });
  };
  Failure failure;
  std::unique_ptr<Machine> machine = Machine::Create(spec, std::move(events), &failure);
  if (machine == nullptr) {
    Throw(env, failure);
    return env.Undefined();
  }
  environment.next_machine = Environment::NextMachine{id, std::move(machine)};
  Napi::Object made = environment.machine_class.New({});
  environment.next_machine.reset();
  if (env.IsExceptionPending()) return env.Undefined();
  SetCallback(made, kOnEvent, on_event);
  return made;
}

MachineWrap::MachineWrap(const Napi::CallbackInfo &info) : Napi::ObjectWrap<MachineWrap>(info) {
  Environment &environment = Environment::Of(info.Env());
  std::optional<Environment::NextMachine> next = std::exchange(environment.next_machine, std::nullopt);
  if (!next) {
    Napi::TypeError::New(info.Env(), "Machines are made by createMachine.").ThrowAsJavaScriptException();
    return;
  }
  environment_ = &environment;
  id_ = next->id;
  machine_ = std::move(next->machine);
  machine_id_ = machine_->machine_id();
  environment_->Add(id_, this);
}

MachineWrap::~MachineWrap() {
  if (environment_ != nullptr) environment_->Remove(id_);
}

void MachineWrap::Orphan() {
  environment_ = nullptr;
  machine_.reset();
}

void MachineWrap::Close(const Napi::CallbackInfo &info) {
  if (machine_ == nullptr) return;
  machine_.reset();
  ClearCallbacks(Value());
  environment_->RejectAll(info.Env(), this, ClosedFailure());
}

Napi::Value MachineWrap::Begin(Napi::Env env, const std::function<void(const Settler &)> &begin) {
  Environment::Opened opened = environment_->Open(env, this);
  if (machine_ == nullptr) {
    opened.settler.Fail(ClosedFailure());
  } else {
    begin(opened.settler);
  }
  return opened.promise;
}

template <void (Machine::*operation)(Machine::Done)>
Napi::Value MachineWrap::Simple(const Napi::CallbackInfo &info) {
  return Begin(info.Env(), [this](const Settler &settler) { (machine_.get()->*operation)(settler); });
}

template <void (Machine::*operation)(const std::string &, Machine::Done)>
Napi::Value MachineWrap::WithPath(const Napi::CallbackInfo &info) {
  Arguments arguments(info.Env());
  std::string path = arguments.AbsolutePath({info[0], "path"});
  if (!arguments.ok()) return info.Env().Undefined();
  return Begin(info.Env(), [&](const Settler &settler) { (machine_.get()->*operation)(path, settler); });
}

Napi::Value MachineWrap::MachineId(const Napi::CallbackInfo &info) {
  if (!machine_id_) return info.Env().Null();
  Napi::Uint8Array copy = Napi::Uint8Array::New(info.Env(), machine_id_->size());
  std::copy(machine_id_->begin(), machine_id_->end(), copy.Data());
  return copy;
}

Napi::Value MachineWrap::State(const Napi::CallbackInfo &info) {
  return Begin(info.Env(), [this](const Settler &settler) {
    machine_->State([settler](int64_t state, std::optional<Failure> failure) {
      if (failure) {
        settler.Fail(std::move(*failure));
      } else {
        settler.Fulfil([state](Napi::Env env) { return Napi::String::New(env, StateName(state)); });
      }
    });
  });
}

Napi::Value MachineWrap::SetMemoryTarget(const Napi::CallbackInfo &info) {
  Arguments arguments(info.Env());
  uint64_t bytes = arguments.Whole({info[0], "bytes"}, 0, (1ULL << 53) - 1);
  if (!arguments.ok()) return info.Env().Undefined();
  return Begin(info.Env(), [&](const Settler &settler) { machine_->SetMemoryTarget(bytes, settler); });
}

Napi::Value MachineWrap::ConnectVsock(const Napi::CallbackInfo &info) {
  Arguments arguments(info.Env());
  auto port = static_cast<uint32_t>(arguments.Whole({info[0], "port"}, 0, kMaxPort));
  if (!arguments.ok()) return info.Env().Undefined();
  return Begin(info.Env(), [&](const Settler &settler) {
    machine_->ConnectVsock(port, [settler](std::shared_ptr<VsockLink> link, std::optional<Failure> failure) {
      if (failure) {
        settler.Fail(std::move(*failure));
      } else {
        settler.Fulfil([link](Napi::Env env) { return ConnectionWrap::Make(env, link); });
      }
    });
  });
}

Napi::Value MachineWrap::ListenVsock(const Napi::CallbackInfo &info) {
  Arguments arguments(info.Env());
  auto port = static_cast<uint32_t>(arguments.Whole({info[0], "port"}, 0, kMaxPort));
  Napi::Function accept = arguments.Function({info[1], "accept"});
  if (!arguments.ok()) return info.Env().Undefined();
  // Before the framework listens: its first connection may be there before its answer.
  if (machine_ != nullptr) SetCallback(Value(), OnAccept(port), accept);
  auto deliver = [channel = environment_->channel(), id = id_, port](std::shared_ptr<VsockLink> link) {
    channel->Post([id, port, link = std::move(link)](Napi::Env env) {
      MachineWrap *machine = Environment::Of(env).Find(id);
      if (machine != nullptr) machine->DeliverConnection(env, port, link);
    });
  };
  return Begin(info.Env(), [&](const Settler &settler) { machine_->ListenVsock(port, deliver, settler); });
}

Napi::Value MachineWrap::UnlistenVsock(const Napi::CallbackInfo &info) {
  Arguments arguments(info.Env());
  auto port = static_cast<uint32_t>(arguments.Whole({info[0], "port"}, 0, kMaxPort));
  if (!arguments.ok()) return info.Env().Undefined();
  if (machine_ != nullptr) ClearCallback(Value(), OnAccept(port));
  return Begin(info.Env(), [&](const Settler &settler) { machine_->UnlistenVsock(port, settler); });
}

void MachineWrap::DeliverEvent(Napi::Env env, const MachineEvent &event) {
  // Collected, and only not finalized yet.
  if (machine_ == nullptr || Value().IsEmpty()) return;
  CallCallback(Value(), kOnEvent, ToValue(env, event));
}

void MachineWrap::DeliverConnection(Napi::Env env, uint32_t port, std::shared_ptr<VsockLink> link) {
  if (machine_ == nullptr || Value().IsEmpty()) return;
  // Without anyone to take it the connection closes with the link.
  if (!HasCallback(Value(), OnAccept(port))) return;
  Napi::Value connection = ConnectionWrap::Make(env, std::move(link));
  if (!env.IsExceptionPending()) CallCallback(Value(), OnAccept(port), connection);
}

}  // namespace applevz
