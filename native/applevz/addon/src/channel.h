// From any thread to the thread of one environment of Node.js (the main thread's or a worker's). Plain C++.
#pragma once

#include "node_api_config.h"

#include <functional>
#include <memory>
#include <mutex>

namespace applevz {

// Outlives the environment: work that is posted after its end is dropped. So nothing that a queue holds may refer to JavaScript.
class Channel {
 public:
  using Work = std::function<void(Napi::Env)>;

  // Null, with a JavaScript exception pending, when Node.js refuses.
  static std::shared_ptr<Channel> Open(Napi::Env env);
  ~Channel() = default;
  Channel(const Channel &) = delete;
  Channel &operator=(const Channel &) = delete;

  // From any thread. What `work` throws in JavaScript becomes an uncaught exception.
  void Post(Work work);

  // On the environment's thread: while something is held, the environment does not end by itself.
  void Hold(Napi::Env env);
  void LetGo(Napi::Env env);

  // On the environment's thread, at its end: nothing is posted any more.
  void Close();

 private:
  Channel() = default;

  std::mutex mutex_;
  napi_threadsafe_function function_ = nullptr;
  size_t holds_ = 0;
};

}  // namespace applevz
