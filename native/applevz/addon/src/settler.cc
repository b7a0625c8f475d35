#include "settler.h"

#include "environment.h"

namespace applevz {

void Settler::Fulfil(std::function<Napi::Value(Napi::Env)> value) const {
  channel_->Post([id = id_, value = std::move(value)](Napi::Env env) { Environment::Of(env).Resolve(env, id, value); });
}

void Settler::Fail(Failure failure) const {
  channel_->Post(
      [id = id_, failure = std::move(failure)](Napi::Env env) { Environment::Of(env).Reject(env, id, failure); });
}

void Settler::operator()(std::optional<Failure> failure) const {
  if (failure) {
    Fail(std::move(*failure));
  } else {
    Fulfil([](Napi::Env env) { return env.Undefined(); });
  }
}

}  // namespace applevz
