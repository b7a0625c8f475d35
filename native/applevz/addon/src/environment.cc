#include "environment.h"

#include <utility>
#include <vector>

#include "failure_value.h"
#include "machine_wrap.h"

namespace applevz {

Environment *Environment::Install(Napi::Env env) {
  std::shared_ptr<Channel> channel = Channel::Open(env);
  if (channel == nullptr) return nullptr;
  auto *made = new Environment(std::move(channel));
  env.SetInstanceData(made);
  // Hooks run in reverse order, so this one runs before that of the channel's function.
  if (napi_add_env_cleanup_hook(env, AtEnd, made) != napi_ok) {
    Napi::Error::New(env, "Node.js took no hook for the end of the environment.").ThrowAsJavaScriptException();
    return nullptr;
  }
  return made;
}

Environment &Environment::Of(Napi::Env env) {
  return *env.GetInstanceData<Environment>();
}

// The environment ends: by itself, by process.exit or with its worker. No JavaScript can run any more.
void Environment::AtEnd(void *raw) {
  auto *self = static_cast<Environment *>(raw);
  for (const auto &[id, machine] : self->machines_) machine->Orphan();
  self->machines_.clear();
  self->pending_.clear();
  self->channel_->Close();
}

Environment::Opened Environment::Open(Napi::Env env, MachineWrap *owner) {
  Pending made{Napi::Promise::Deferred::New(env), owner};
  Napi::Promise promise = made.deferred.Promise();
  uint64_t id = NewId();
  pending_.emplace(id, std::move(made));
  channel_->Hold(env);
  if (owner != nullptr) owner->Ref();
  return {promise, Settler(channel_, id)};
}

std::optional<Environment::Pending> Environment::Take(Napi::Env env, uint64_t promise) {
  auto found = pending_.find(promise);
  if (found == pending_.end()) return std::nullopt;
  Pending taken = std::move(found->second);
  pending_.erase(found);
  channel_->LetGo(env);
  if (taken.owner != nullptr) taken.owner->Unref();
  return taken;
}

void Environment::Resolve(Napi::Env env, uint64_t promise, const std::function<Napi::Value(Napi::Env)> &value) {
  std::optional<Pending> taken = Take(env, promise);
  if (!taken) return;
  Napi::Value made = value(env);
  if (env.IsExceptionPending()) {
    taken->deferred.Reject(env.GetAndClearPendingException().Value());
  } else {
    taken->deferred.Resolve(made);
  }
}

void Environment::Reject(Napi::Env env, uint64_t promise, const Failure &failure) {
  std::optional<Pending> taken = Take(env, promise);
  if (taken) taken->deferred.Reject(ToValue(env, failure));
}

void Environment::RejectAll(Napi::Env env, const MachineWrap *owner, const Failure &failure) {
  std::vector<uint64_t> promises;
  for (const auto &[promise, pending] : pending_) {
    if (pending.owner == owner) promises.push_back(promise);
  }
  for (uint64_t promise : promises) Reject(env, promise, failure);
}

MachineWrap *Environment::Find(uint64_t id) const {
  auto found = machines_.find(id);
  return found == machines_.end() ? nullptr : found->second;
}

}  // namespace applevz
