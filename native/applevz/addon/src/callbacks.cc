#include "callbacks.h"

namespace applevz {

namespace {

Napi::Value Key(Napi::Env env) {
  return Napi::Symbol::For(env, "@vmrs/applevz-addon:callbacks");
}

// Empty when there is none.
Napi::Object Holder(Napi::Object machine) {
  Napi::Value holder = machine.Get(Key(machine.Env()));
  return holder.IsObject() ? holder.As<Napi::Object>() : Napi::Object();
}

// Empty when there is none.
Napi::Function Find(Napi::Object machine, const std::string &name) {
  Napi::Object holder = Holder(machine);
  if (holder.IsEmpty()) return Napi::Function();
  Napi::Value function = holder.Get(name);
  return function.IsFunction() ? function.As<Napi::Function>() : Napi::Function();
}

}  // namespace

void SetCallback(Napi::Object machine, const std::string &name, Napi::Function function) {
  Napi::Object holder = Holder(machine);
  if (holder.IsEmpty()) {
    holder = Napi::Object::New(machine.Env());
    machine.DefineProperty(Napi::PropertyDescriptor::Value(Key(machine.Env()).As<Napi::Symbol>(), holder,
                                                           napi_configurable));
  }
  holder.Set(name, function);
}

void ClearCallback(Napi::Object machine, const std::string &name) {
  Napi::Object holder = Holder(machine);
  if (!holder.IsEmpty()) holder.Delete(name);
}

void ClearCallbacks(Napi::Object machine) {
  machine.Delete(Key(machine.Env()));
}

void CallCallback(Napi::Object machine, const std::string &name, Napi::Value argument) {
  Napi::Function function = Find(machine, name);
  if (!function.IsEmpty()) function.Call({argument});
}

bool HasCallback(Napi::Object machine, const std::string &name) {
  return !Find(machine, name).IsEmpty();
}

}  // namespace applevz
