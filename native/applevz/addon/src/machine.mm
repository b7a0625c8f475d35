#include "machine.h"

#include "availability.h"
#import "configuration.h"
#import "foundation.h"
#import "machine_core.h"

namespace applevz {

namespace {

using Core = std::shared_ptr<MachineCore>;

// The other side names states by their numbers. Two more, saving and restoring, came with macOS 14.
static_assert(VZVirtualMachineStateStopped == 0 && VZVirtualMachineStateRunning == 1 &&
              VZVirtualMachineStatePaused == 2 && VZVirtualMachineStateError == 3 &&
              VZVirtualMachineStateStarting == 4 && VZVirtualMachineStatePausing == 5 &&
              VZVirtualMachineStateResuming == 6 && VZVirtualMachineStateStopping == 7);

// Every use of the machine goes through here, and so is on its queue; the framework ends the process for any other.
template <typename Fail>
void OnQueue(const Core &core, Fail fail, std::function<void(VZVirtualMachine *)> work) {
  Core keep = core;
  dispatch_async(keep->queue, ^{
    @autoreleasepool {
      std::optional<Failure> raised = Guarded([&] {
        if (keep->vm == nil) {
          fail(ClosedFailure());
        } else {
          work(keep->vm);
        }
      });
      if (raised) fail(std::move(*raised));
    }
  });
}

// A completion handler that answers `done`.
void (^Answering(Machine::Done done))(NSError *) {
  return ^(NSError *error) {
    std::optional<Failure> failure;
    std::optional<Failure> raised = Guarded([&] {
      if (error != nil) failure = Describe(error);
    });
    done(raised ? raised : failure);
  };
}

Failure NoSocketDevice() {
  return OwnFailure(OwnCode::kNoDevice, "The machine has no vsock device.");
}

Failure NoSaveRestore() {
  return OwnFailure(OwnCode::kUnsupported, "Saving and restoring needs Apple silicon and macOS 14 or newer.");
}

class FrameworkMachine final : public Machine {
 public:
  FrameworkMachine(Core core, std::optional<std::string> machine_id)
      : core_(std::move(core)), machine_id_(std::move(machine_id)) {}
  ~FrameworkMachine() override { Close(); }

  const std::optional<std::string> &machine_id() const override { return machine_id_; }

  void State(std::function<void(int64_t, std::optional<Failure>)> answer) override {
    Use([answer](Failure failure) { answer(0, std::move(failure)); },
        [answer](VZVirtualMachine *vm) { answer(vm.state, std::nullopt); });
  }

  void Start(Done done) override {
    Use(done, [done](VZVirtualMachine *vm) { [vm startWithCompletionHandler:Answering(done)]; });
  }

  void Pause(Done done) override {
    Use(done, [done](VZVirtualMachine *vm) { [vm pauseWithCompletionHandler:Answering(done)]; });
  }

  void Resume(Done done) override {
    Use(done, [done](VZVirtualMachine *vm) { [vm resumeWithCompletionHandler:Answering(done)]; });
  }

  void RequestStop(Done done) override {
    Use(done, [done](VZVirtualMachine *vm) {
      NSError *error = nil;
      if ([vm requestStopWithError:&error]) {
        done(std::nullopt);
      } else {
        done(Describe(error));
      }
    });
  }

  void Stop(Done done) override {
    Core core = core_;
    Use(done, [core, done](VZVirtualMachine *) { StopNow(core, done); });
  }

  void CheckSaveSupport(Done done) override {
#if APPLEVZ_ARM64_API
    IF_APPLE_SILICON {
      IF_MACOS(14) {
        Core core = core_;
        Use(done, [core, done](VZVirtualMachine *) {
          NSError *error = nil;
          if ([core->configuration validateSaveRestoreSupportWithError:&error]) {
            done(std::nullopt);
          } else {
            done(Describe(error));
          }
        });
        return;
      }
    }
#endif
    done(NoSaveRestore());
  }

  void Save(const std::string &path, Done done) override {
#if APPLEVZ_ARM64_API
    IF_APPLE_SILICON {
      IF_MACOS(14) {
        Use(done, [path, done](VZVirtualMachine *vm) {
          [vm saveMachineStateToURL:FileUrl(path) completionHandler:Answering(done)];
        });
        return;
      }
    }
#endif
    (void)path;
    done(NoSaveRestore());
  }

  void Restore(const std::string &path, Done done) override {
#if APPLEVZ_ARM64_API
    IF_APPLE_SILICON {
      IF_MACOS(14) {
        Use(done, [path, done](VZVirtualMachine *vm) {
          [vm restoreMachineStateFromURL:FileUrl(path) completionHandler:Answering(done)];
        });
        return;
      }
    }
#endif
    (void)path;
    done(NoSaveRestore());
  }

  void SetMemoryTarget(uint64_t bytes, Done done) override {
    Use(done, [bytes, done](VZVirtualMachine *vm) {
      id device = vm.memoryBalloonDevices.firstObject;
      if (![device isKindOfClass:[VZVirtioTraditionalMemoryBalloonDevice class]]) {
        done(OwnFailure(OwnCode::kNoDevice, "The machine has no memory balloon."));
        return;
      }
      VZVirtioTraditionalMemoryBalloonDevice *balloon = device;
      balloon.targetVirtualMachineMemorySize = bytes;
      done(std::nullopt);
    });
  }

  void ConnectVsock(uint32_t port, Connected connected) override {
    Core core = core_;
    auto fail = [connected](Failure failure) { connected(nullptr, std::move(failure)); };
    Use(fail, [core, port, connected, fail](VZVirtualMachine *vm) {
      VZVirtioSocketDevice *device = SocketDevice(vm);
      if (device == nil) {
        fail(NoSocketDevice());
        return;
      }
      dispatch_queue_t queue = core->queue;
      [device connectToPort:port
          completionHandler:^(VZVirtioSocketConnection *connection, NSError *error) {
            std::shared_ptr<VsockLink> link;
            Failure failure;
            std::optional<Failure> raised = Guarded([&] {
              if (connection == nil) {
                failure = Describe(error);
              } else {
                link = LinkTo(connection, queue, &failure);
              }
            });
            if (raised) {
              fail(std::move(*raised));
            } else if (link == nullptr) {
              fail(std::move(failure));
            } else {
              connected(std::move(link), std::nullopt);
            }
          }];
    });
  }

  void ListenVsock(uint32_t port, Accept accept, Done done) override {
    Core core = core_;
    Use(done, [core, port, accept, done](VZVirtualMachine *vm) {
      VZVirtioSocketDevice *device = SocketDevice(vm);
      if (device == nil) {
        done(NoSocketDevice());
        return;
      }
      Listening made = MakeListener(core->queue, accept);
      [device setSocketListener:made.listener forPort:port];
      core->listeners[port] = made;
      done(std::nullopt);
    });
  }

  void UnlistenVsock(uint32_t port, Done done) override {
    Core core = core_;
    Use(done, [core, port, done](VZVirtualMachine *vm) {
      [SocketDevice(vm) removeSocketListenerForPort:port];
      core->listeners.erase(port);
      done(std::nullopt);
    });
  }

  void Close() override {
    if (core_ == nullptr) return;
    Core core = std::move(core_);
    dispatch_sync(core->queue, ^{
      @autoreleasepool {
        LetGo(*core);
      }
    });
  }

 private:
  Core core_;
  const std::optional<std::string> machine_id_;

  template <typename Fail>
  void Use(Fail fail, std::function<void(VZVirtualMachine *)> work) {
    if (core_ == nullptr) {
      fail(ClosedFailure());
    } else {
      OnQueue(core_, std::move(fail), std::move(work));
    }
  }
};

}  // namespace

std::unique_ptr<Machine> Machine::Create(const MachineSpec &spec, EventSink events, Failure *failure) {
  @autoreleasepool {
    IF_MACOS(13) {
      Core core = std::make_shared<MachineCore>();
      Configuration configuration;
      std::optional<Failure> problem;
      std::optional<Failure> raised = Guarded([&] {
        problem = Configure(spec, &configuration);
        if (problem) return;
        core->queue = dispatch_queue_create(spec.label.c_str(), DISPATCH_QUEUE_SERIAL);
        core->configuration = configuration.machine;
        core->keepers = std::move(configuration.keepers);
        core->events = std::move(events);
        core->observer = MakeObserver(core);
        core->vm = [[VZVirtualMachine alloc] initWithConfiguration:configuration.machine queue:core->queue];
      });
      if (raised) problem = std::move(raised);
      if (problem) {
        *failure = std::move(*problem);
        return nullptr;
      }
      OnQueue(core, [](Failure) {}, [core](VZVirtualMachine *vm) { vm.delegate = core->observer; });
      return std::make_unique<FrameworkMachine>(std::move(core), std::move(configuration.machine_id));
    }
    *failure = OwnFailure(OwnCode::kUnsupported, "macOS 13 or newer is needed.");
    return nullptr;
  }
}

}  // namespace applevz
