// The module that Node.js loads: `AppleVzAddon` of addon.ts. Plain C++.
#include "node_api_config.h"

#include "connection_wrap.h"
#include "environment.h"
#include "host_functions.h"
#include "machine_wrap.h"

#if defined(APPLEVZ_DOUBLE)
extern "C" void applevz_double_export(napi_env env, napi_value exports);
#endif

namespace applevz {

// `ADDON_INTERFACE` of addon.ts: to be raised together with it.
constexpr int kInterfaceVersion = 1;

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  Environment *environment = Environment::Install(env);
  if (environment == nullptr) return exports;
  environment->machine_class = Napi::Persistent(MachineWrap::Define(env));
  environment->connection_class = Napi::Persistent(ConnectionWrap::Define(env));
  exports.Set("interfaceVersion", Napi::Number::New(env, kInterfaceVersion));
  exports.Set("createMachine", Napi::Function::New<MachineWrap::Create>(env, "createMachine"));
  ExportHostFunctions(env, exports);
#if defined(APPLEVZ_DOUBLE)
  applevz_double_export(env, exports);
#endif
  return exports;
}

}  // namespace applevz

using applevz::Init;

NODE_API_MODULE(applevz, Init)
