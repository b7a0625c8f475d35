// Plain C++.
#pragma once

#include "node_api_config.h"

#include <memory>

#include "vsock_link.h"

namespace applevz {

// A `VsockConnection` of addon.ts. Keeps the framework's connection until it is released or collected.
class ConnectionWrap : public Napi::ObjectWrap<ConnectionWrap> {
 public:
  static Napi::Function Define(Napi::Env env);
  // An object of the class; the duplicate of the descriptor is JavaScript's from now on. Empty, with a JavaScript exception pending, when Node.js refuses.
  static Napi::Value Make(Napi::Env env, std::shared_ptr<VsockLink> link);

  explicit ConnectionWrap(const Napi::CallbackInfo &info);

 private:
  Napi::Value Fd(const Napi::CallbackInfo &info);
  Napi::Value SourcePort(const Napi::CallbackInfo &info);
  Napi::Value DestinationPort(const Napi::CallbackInfo &info);
  void Release(const Napi::CallbackInfo &info);

  std::shared_ptr<VsockLink> link_;
  int fd_ = -1;
};

}  // namespace applevz
