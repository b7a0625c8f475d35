#include "connection_wrap.h"

#include "environment.h"

namespace applevz {

Napi::Function ConnectionWrap::Define(Napi::Env env) {
  return DefineClass(env, "VsockConnection",
                     {
                         InstanceAccessor<&ConnectionWrap::Fd>("fd", napi_enumerable),
                         InstanceAccessor<&ConnectionWrap::SourcePort>("sourcePort", napi_enumerable),
                         InstanceAccessor<&ConnectionWrap::DestinationPort>("destinationPort", napi_enumerable),
                         InstanceMethod<&ConnectionWrap::Release>("release"),
                     });
}

Napi::Value ConnectionWrap::Make(Napi::Env env, std::shared_ptr<VsockLink> link) {
  Environment &environment = Environment::Of(env);
  environment.next_link = std::move(link);
  Napi::Value made = environment.connection_class.New({});
  environment.next_link.reset();
  return made;
}

ConnectionWrap::ConnectionWrap(const Napi::CallbackInfo &info) : Napi::ObjectWrap<ConnectionWrap>(info) {
  link_ = std::move(Environment::Of(info.Env()).next_link);
  if (link_ == nullptr) {
    Napi::TypeError::New(info.Env(), "Only a machine makes connections.").ThrowAsJavaScriptException();
    return;
  }
  fd_ = link_->TakeFd();
}

Napi::Value ConnectionWrap::Fd(const Napi::CallbackInfo &info) {
  return Napi::Number::New(info.Env(), fd_);
}

Napi::Value ConnectionWrap::SourcePort(const Napi::CallbackInfo &info) {
  return Napi::Number::New(info.Env(), link_->source_port());
}

Napi::Value ConnectionWrap::DestinationPort(const Napi::CallbackInfo &info) {
  return Napi::Number::New(info.Env(), link_->destination_port());
}

void ConnectionWrap::Release(const Napi::CallbackInfo &) {
  link_->Release();
}

}  // namespace applevz
