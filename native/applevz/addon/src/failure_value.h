// Plain C++.
#pragma once

#include "node_api_config.h"

#include "failure.h"

namespace applevz {

// A `NativeFailure` of addon.ts.
Napi::Value ToValue(Napi::Env env, const Failure &failure);

// Throws it.
void Throw(Napi::Env env, const Failure &failure);

}  // namespace applevz
