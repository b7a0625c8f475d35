// The functions that a machine calls. Plain C++.
#pragma once

#include "node_api_config.h"

#include <string>

namespace applevz {

// They are held by the machine's object and not by a reference from C++: a function that itself refers to the machine would otherwise keep it for ever.
void SetCallback(Napi::Object machine, const std::string &name, Napi::Function function);
void ClearCallback(Napi::Object machine, const std::string &name);
void ClearCallbacks(Napi::Object machine);
// Calls it, if there is one; what it throws stays pending.
void CallCallback(Napi::Object machine, const std::string &name, Napi::Value argument);
bool HasCallback(Napi::Object machine, const std::string &name);

}  // namespace applevz
