#include "failure_value.h"

namespace applevz {

Napi::Value ToValue(Napi::Env env, const Failure &failure) {
  Napi::Object error = Napi::Error::New(env, failure.message).Value();
  error.Set("name", "NativeFailure");
  error.Set("domain", failure.domain);
  error.Set("nativeCode", Napi::Number::New(env, static_cast<double>(failure.code)));
  error.Set("reason", failure.reason ? Napi::String::New(env, *failure.reason) : env.Null());
  error.Set("underlying", failure.underlying == nullptr ? env.Null() : ToValue(env, *failure.underlying));
  return error;
}

void Throw(Napi::Env env, const Failure &failure) {
  napi_throw(env, ToValue(env, failure));
}

}  // namespace applevz
