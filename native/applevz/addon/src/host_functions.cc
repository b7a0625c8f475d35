#include "host_functions.h"

#include "arguments.h"
#include "environment.h"
#include "failure_value.h"
#include "host_facts.h"
#include "sockets.h"

namespace applevz {

namespace {

const char *Name(Rosetta rosetta) {
  switch (rosetta) {
    case Rosetta::kUnsupported:
      return "unsupported";
    case Rosetta::kNotInstalled:
      return "not-installed";
    case Rosetta::kInstalled:
      return "installed";
  }
  return "unsupported";
}

Napi::Value Number(Napi::Env env, uint64_t number) {
  return Napi::Number::New(env, static_cast<double>(number));
}

Napi::Value ReadFacts(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  Failure failure;
  std::optional<HostFacts> facts = ReadHostFacts(&failure);
  if (!facts) {
    Throw(env, failure);
    return env.Undefined();
  }
  Napi::Object value = Napi::Object::New(env);
  value.Set("osVersion", facts->os_version);
  value.Set("arch", facts->arm64 ? "arm64" : "x64");
  value.Set("builtWithSdk", facts->built_with_sdk);
  value.Set("supported", facts->supported);
  value.Set("entitled", facts->entitled);
  value.Set("mayBridge", facts->may_bridge);
  value.Set("minCpus", Number(env, facts->min_cpus));
  value.Set("maxCpus", Number(env, facts->max_cpus));
  value.Set("minMemoryBytes", Number(env, facts->min_memory_bytes));
  value.Set("maxMemoryBytes", Number(env, facts->max_memory_bytes));
  value.Set("rosetta", Name(facts->rosetta));
  value.Set("nestedVirtualization", facts->nested_virtualization);
  value.Set("saveRestore", facts->save_restore);
  value.Set("efi", facts->efi);
  value.Set("vmnet", facts->vmnet);
  return value;
}

Napi::Value ReadInterfaces(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  Failure failure;
  std::optional<std::vector<BridgeInterface>> interfaces = ReadBridgeInterfaces(&failure);
  if (!interfaces) {
    Throw(env, failure);
    return env.Undefined();
  }
  Napi::Array list = Napi::Array::New(env);
  uint32_t index = 0;
  for (const BridgeInterface &one : *interfaces) {
    Napi::Object value = Napi::Object::New(env);
    value.Set("identifier", one.identifier);
    value.Set("name", one.name ? Napi::String::New(env, *one.name) : env.Null());
    list.Set(index++, value);
  }
  return list;
}

Napi::Value Install(const Napi::CallbackInfo &info) {
  Environment::Opened opened = Environment::Of(info.Env()).Open(info.Env(), nullptr);
  InstallRosetta(opened.settler);
  return opened.promise;
}

void ThrowSystemError(Napi::Env env, const SystemError &error) {
  Napi::Error thrown = Napi::Error::New(env, error.message());
  thrown.Set("code", error.code);
  thrown.Set("errno", Napi::Number::New(env, error.number));
  thrown.Set("syscall", error.syscall);
  thrown.ThrowAsJavaScriptException();
}

template <std::optional<SystemError> (*make)(int (&fds)[2])>
Napi::Value Pair(const Napi::CallbackInfo &info) {
  int fds[2] = {-1, -1};
  if (std::optional<SystemError> error = make(fds)) {
    ThrowSystemError(info.Env(), *error);
    return info.Env().Undefined();
  }
  Napi::Array pair = Napi::Array::New(info.Env(), 2);
  pair.Set(0u, Napi::Number::New(info.Env(), fds[0]));
  pair.Set(1u, Napi::Number::New(info.Env(), fds[1]));
  return pair;
}

Napi::Value Connect(const Napi::CallbackInfo &info) {
  Arguments arguments(info.Env());
  std::string remote = arguments.AbsolutePath({info[0], "remote"});
  std::string local = arguments.AbsolutePath({info[1], "local"});
  if (!arguments.ok()) return info.Env().Undefined();
  int fd = -1;
  if (std::optional<SystemError> error = ConnectDatagram(remote, local, &fd)) {
    ThrowSystemError(info.Env(), *error);
    return info.Env().Undefined();
  }
  return Napi::Number::New(info.Env(), fd);
}

}  // namespace

void ExportHostFunctions(Napi::Env env, Napi::Object exports) {
  exports.Set("hostFacts", Napi::Function::New<ReadFacts>(env, "hostFacts"));
  exports.Set("bridgeInterfaces", Napi::Function::New<ReadInterfaces>(env, "bridgeInterfaces"));
  exports.Set("installRosetta", Napi::Function::New<Install>(env, "installRosetta"));
  exports.Set("datagramPair", Napi::Function::New<Pair<MakeDatagramPair>>(env, "datagramPair"));
  exports.Set("connectDatagram", Napi::Function::New<Connect>(env, "connectDatagram"));
  exports.Set("pipe", Napi::Function::New<Pair<MakePipe>>(env, "pipe"));
}

}  // namespace applevz
