// What one machine consists of. Of Objective-C++ files only.
#pragma once

#import <Virtualization/Virtualization.h>
#import <dispatch/dispatch.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "machine.h"

NS_ASSUME_NONNULL_BEGIN

namespace applevz {

// A listener, and its delegate, which it does not retain.
struct Listening {
  VZVirtioSocketListener *_Nullable listener = nil;
  id<VZVirtioSocketListenerDelegate> _Nullable acceptor = nil;
};

// Shared by the machine and the blocks on its queue. But for `queue`, everything is used on the queue only.
struct MachineCore {
  dispatch_queue_t _Nullable queue = nil;
  // Nil after the machine was closed.
  VZVirtualMachine *_Nullable vm = nil;
  VZVirtualMachineConfiguration *_Nullable configuration = nil;
  // The machine does not retain its delegate.
  id<VZVirtualMachineDelegate> _Nullable observer = nil;
  std::map<uint32_t, Listening> listeners;
  // Who waits for the machine to be off.
  std::vector<Machine::Done> stopping;
  Machine::EventSink events;
  std::vector<std::shared_ptr<void>> keepers;
};

// The following are called on the queue.

// Ends the machine, and answers when it is off: at once if it is, and with the one who was faster if somebody, or the guest, is at it.
void StopNow(const std::shared_ptr<MachineCore> &core, Machine::Done done);

// Answers everyone who waits for the machine to be off.
void AnswerStopping(MachineCore &core, const std::optional<Failure> &failure);

// Ends the machine if it runs, and forgets everything; who waits is not answered.
void LetGo(MachineCore &core);

VZVirtioSocketDevice *_Nullable SocketDevice(VZVirtualMachine *_Nullable vm);

// A delegate that tells `core` of the machine's end and of lost networks.
id<VZVirtualMachineDelegate> MakeObserver(const std::shared_ptr<MachineCore> &core);

// What is made of a connection of the framework: a duplicate of its descriptor that does not block. Null, with `failure` set, when the system refuses.
std::shared_ptr<VsockLink> LinkTo(VZVirtioSocketConnection *connection, dispatch_queue_t queue, Failure *failure);

// A listener whose connections go to `accept`.
Listening MakeListener(dispatch_queue_t queue, Machine::Accept accept);

}  // namespace applevz

NS_ASSUME_NONNULL_END
