#include "channel.h"

namespace applevz {

namespace {

void Run(napi_env raw_env, napi_value, void *, void *data) {
  std::unique_ptr<Channel::Work> work(static_cast<Channel::Work *>(data));
  // The environment has ended with this still in its queue.
  if (raw_env == nullptr) return;
  Napi::Env env(raw_env);
  Napi::HandleScope scope(env);
  (*work)(env);
  // Node.js swallows what a thread-safe function throws, so it is handed on as what it is.
  if (env.IsExceptionPending()) {
    napi_value thrown = nullptr;
    if (napi_get_and_clear_last_exception(env, &thrown) == napi_ok) napi_fatal_exception(env, thrown);
  }
}

}  // namespace

std::shared_ptr<Channel> Channel::Open(Napi::Env env) {
  std::shared_ptr<Channel> channel(new Channel());
  Napi::String name = Napi::String::New(env, "applevz");
  napi_status status = napi_create_threadsafe_function(env, nullptr, nullptr, name, 0, 1, nullptr, nullptr, nullptr,
                                                       Run, &channel->function_);
  if (status == napi_ok) status = napi_unref_threadsafe_function(env, channel->function_);
  if (status != napi_ok) {
    Napi::Error::New(env, "Node.js made no thread-safe function for the addon.").ThrowAsJavaScriptException();
    return nullptr;
  }
  return channel;
}

void Channel::Post(Work work) {
  auto data = std::make_unique<Work>(std::move(work));
  std::lock_guard<std::mutex> lock(mutex_);
  if (function_ == nullptr) return;
  if (napi_call_threadsafe_function(function_, data.get(), napi_tsfn_nonblocking) == napi_ok) (void)data.release();
}

void Channel::Hold(Napi::Env env) {
  if (holds_++ == 0 && function_ != nullptr) napi_ref_threadsafe_function(env, function_);
}

void Channel::LetGo(Napi::Env env) {
  if (--holds_ == 0 && function_ != nullptr) napi_unref_threadsafe_function(env, function_);
}

void Channel::Close() {
  std::lock_guard<std::mutex> lock(mutex_);
  if (function_ == nullptr) return;
  napi_release_threadsafe_function(function_, napi_tsfn_release);
  function_ = nullptr;
}

}  // namespace applevz
