#import "foundation.h"
#import "machine_core.h"

using applevz::Describe;
using applevz::Guarded;
using applevz::MachineCore;
using applevz::MachineEvent;

@interface VmrsAppleVzObserver : NSObject <VZVirtualMachineDelegate>
- (instancetype)initWithCore:(std::weak_ptr<MachineCore>)core;
@end

@implementation VmrsAppleVzObserver {
  std::weak_ptr<MachineCore> _core;
}

- (instancetype)initWithCore:(std::weak_ptr<MachineCore>)core {
  self = [super init];
  if (self != nil) _core = std::move(core);
  return self;
}

- (void)tell:(const MachineEvent &)event {
  std::shared_ptr<MachineCore> core = _core.lock();
  if (core != nullptr && core->events) core->events(event);
}

- (void)nobodyWaitsAnyLonger {
  std::shared_ptr<MachineCore> core = _core.lock();
  if (core != nullptr) applevz::AnswerStopping(*core, std::nullopt);
}

- (void)guestDidStopVirtualMachine:(VZVirtualMachine *)virtualMachine {
  (void)virtualMachine;
  [self tell:{MachineEvent::Kind::kGuestStopped, -1, std::nullopt}];
  [self nobodyWaitsAnyLonger];
}

- (void)virtualMachine:(VZVirtualMachine *)virtualMachine didStopWithError:(NSError *)error {
  (void)virtualMachine;
  MachineEvent event{MachineEvent::Kind::kStoppedWithError, -1, std::nullopt};
  std::optional<applevz::Failure> raised = Guarded([&] { event.failure = Describe(error); });
  if (raised) event.failure = raised;
  [self tell:event];
  [self nobodyWaitsAnyLonger];
}

- (void)virtualMachine:(VZVirtualMachine *)virtualMachine
                          networkDevice:(VZNetworkDevice *)networkDevice
    attachmentWasDisconnectedWithError:(NSError *)error {
  MachineEvent event{MachineEvent::Kind::kNetworkDisconnected, -1, std::nullopt};
  std::optional<applevz::Failure> raised = Guarded([&] {
    event.failure = Describe(error);
    int index = 0;
    for (VZNetworkDevice *one in virtualMachine.networkDevices) {
      if (one == networkDevice) event.index = index;
      index++;
    }
  });
  if (raised) event.failure = raised;
  [self tell:event];
}

@end

namespace applevz {

id<VZVirtualMachineDelegate> MakeObserver(const std::shared_ptr<MachineCore> &core) {
  return [[VmrsAppleVzObserver alloc] initWithCore:core];
}

}  // namespace applevz
