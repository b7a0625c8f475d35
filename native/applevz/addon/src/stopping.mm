#import "foundation.h"
#import "machine_core.h"

namespace applevz {

namespace {

bool IsOff(VZVirtualMachine *vm) {
  VZVirtualMachineState state = vm.state;
  return state == VZVirtualMachineStateStopped || state == VZVirtualMachineStateError;
}

// What the framework answers to a hard stop.
void Stopped(MachineCore &core, NSError *error) {
  std::optional<Failure> failure;
  bool guest_is_at_it = false;
  std::optional<Failure> raised = Guarded([&] {
    if (error == nil || core.vm == nil || IsOff(core.vm)) return;
    // The guest was faster, and the delegate is about to hear of its end.
    guest_is_at_it = core.vm.state == VZVirtualMachineStateStopping;
    failure = Describe(error);
  });
  if (guest_is_at_it && !raised) return;
  AnswerStopping(core, raised ? raised : failure);
}

void Forget(MachineCore &core) {
  VZVirtualMachine *vm = core.vm;
  vm.delegate = nil;
  VZVirtioSocketDevice *device = SocketDevice(vm);
  for (const auto &[port, listening] : core.listeners) [device removeSocketListenerForPort:port];
  if (!vm.canStop) return;
  std::vector<std::shared_ptr<void>> keepers = core.keepers;
  [vm stopWithCompletionHandler:^(NSError *error) {
    // What the machine uses lives until it is off; the machine itself is not held, so that one which cannot be stopped ends with its last reference. Nobody is left to be told of an error.
    (void)keepers;
    (void)error;
  }];
}

}  // namespace

void AnswerStopping(MachineCore &core, const std::optional<Failure> &failure) {
  std::vector<Machine::Done> waiting = std::move(core.stopping);
  core.stopping.clear();
  for (const Machine::Done &done : waiting) done(failure);
}

void StopNow(const std::shared_ptr<MachineCore> &core, Machine::Done done) {
  VZVirtualMachine *vm = core->vm;
  if (IsOff(vm)) {
    done(std::nullopt);
    return;
  }
  bool at_it = !core->stopping.empty() || vm.state == VZVirtualMachineStateStopping;
  core->stopping.push_back(std::move(done));
  if (at_it) return;
  if (!vm.canStop) {
    AnswerStopping(*core, OwnFailure(OwnCode::kRefused, "The machine cannot be stopped in its present state, " +
                                                            std::to_string(vm.state) + "."));
    return;
  }
  std::shared_ptr<MachineCore> keep = core;
  [vm stopWithCompletionHandler:^(NSError *error) {
    Stopped(*keep, error);
  }];
}

void LetGo(MachineCore &core) {
  // What the framework says against it changes nothing.
  (void)Guarded([&] { Forget(core); });
  core.vm = nil;
  core.observer = nil;
  core.configuration = nil;
  core.listeners.clear();
  core.stopping.clear();
  core.events = nullptr;
}

}  // namespace applevz
