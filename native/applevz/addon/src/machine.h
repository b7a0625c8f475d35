// One virtual machine of the framework. Plain C++: Node-API's side knows no Objective-C, and the framework's no Node-API.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "failure.h"
#include "machine_spec.h"
#include "vsock_link.h"

namespace applevz {

struct MachineEvent {
  enum class Kind { kGuestStopped, kStoppedWithError, kNetworkDisconnected };
  Kind kind;
  // Of the machine's networks, or -1.
  int index = -1;
  std::optional<Failure> failure;
};

// Every operation returns at once and answers from the machine's queue. The answer may come twice when the framework raises after it has answered, or never when it forgets: who asks minds
// both. Nothing answers after `Close`.
class Machine {
 public:
  using Done = std::function<void(std::optional<Failure>)>;
  using Connected = std::function<void(std::shared_ptr<VsockLink>, std::optional<Failure>)>;
  using Accept = std::function<void(std::shared_ptr<VsockLink>)>;
  using EventSink = std::function<void(MachineEvent)>;

  // Null, with `failure` set, for what the framework refuses. `events` is called on the machine's queue.
  static std::unique_ptr<Machine> Create(const MachineSpec &spec, EventSink events, Failure *failure);

  virtual ~Machine() = default;
  // The identifier's opaque bytes; none before macOS 13.
  virtual const std::optional<std::string> &machine_id() const = 0;
  // The framework's number of the state.
  virtual void State(std::function<void(int64_t, std::optional<Failure>)> answer) = 0;
  virtual void Start(Done done) = 0;
  virtual void Pause(Done done) = 0;
  virtual void Resume(Done done) = 0;
  virtual void RequestStop(Done done) = 0;
  // Ends it at once; one that is not running has nothing to end, which is success.
  virtual void Stop(Done done) = 0;
  virtual void CheckSaveSupport(Done done) = 0;
  virtual void Save(const std::string &path, Done done) = 0;
  virtual void Restore(const std::string &path, Done done) = 0;
  virtual void SetMemoryTarget(uint64_t bytes, Done done) = 0;
  virtual void ConnectVsock(uint32_t port, Connected connected) = 0;
  virtual void ListenVsock(uint32_t port, Accept accept, Done done) = 0;
  virtual void UnlistenVsock(uint32_t port, Done done) = 0;
  // Lets go of the machine and waits for its queue, so never to be called from there. Idempotent.
  virtual void Close() = 0;
};

}  // namespace applevz
