#import <Virtualization/VZVirtualMachine.h>

#include <algorithm>
#include <atomic>
#include <initializer_list>

#include "framework-error.h"
#include "machine/configured-guest.h"
#include "machine/console.h"
#include "machine/device.h"
#include "machine/exclusive-uses.h"
#include "machine/kernel-file.h"
#include "machine/machine-handle.h"
#include "machine/machine-private.h"
#include "machine/saved-state.h"

using namespace applevz_double;
using Handler = void (^)(NSError *);

namespace applevz_double {

void raiseWhereTold(const Faults &faults, const char *where) {
  if (faults.count(std::string("raise-in-") + where) == 0) return;
  [NSException raise:NSInternalInconsistencyException format:@"raised by the double in %s, as it was told", where];
}

}  // namespace applevz_double

namespace {

const NSInteger kEinval = 22;

// Machines of this process that are neither stopped nor in error.
std::atomic<unsigned long> running{0};

const char *nameOf(VZVirtualMachineState state) {
  static const char *const kNames[] = {"stopped", "running",  "paused",   "error",  "starting",
                                       "pausing", "resuming", "stopping", "saving", "restoring"};
  return kNames[state];
}

NSError *transitionError(VZVirtualMachineState from, VZVirtualMachineState to) {
  return frameworkError(
      VZErrorInvalidVirtualMachineStateTransition, @"Invalid virtual machine state transition.",
      [NSString stringWithFormat:@"Transition from state “%s” to state “%s” is invalid.", nameOf(from), nameOf(to)]);
}

NSError *internalError(NSString *reason) {
  return frameworkError(VZErrorInternal, @"Internal Virtualization error.", reason);
}

// An operation: from which states, over which one, and to which it leads or, failing, goes back.
struct Operation {
  const char *name;
  std::initializer_list<VZVirtualMachineState> from;
  VZVirtualMachineState over;
  VZVirtualMachineState to;
  VZVirtualMachineState back;
  VZErrorCode code;
};

const Operation kStart{"start",
                       {VZVirtualMachineStateStopped, VZVirtualMachineStateError},
                       VZVirtualMachineStateStarting,
                       VZVirtualMachineStateRunning,
                       VZVirtualMachineStateError,
                       VZErrorInternal};
const Operation kPause{"pause",
                       {VZVirtualMachineStateRunning},
                       VZVirtualMachineStatePausing,
                       VZVirtualMachineStatePaused,
                       VZVirtualMachineStateRunning,
                       VZErrorInternal};
const Operation kResume{"resume",
                        {VZVirtualMachineStatePaused},
                        VZVirtualMachineStateResuming,
                        VZVirtualMachineStateRunning,
                        VZVirtualMachineStatePaused,
                        VZErrorInternal};
const Operation kStop{"stop",
                      {VZVirtualMachineStateRunning, VZVirtualMachineStatePaused},
                      VZVirtualMachineStateStopping,
                      VZVirtualMachineStateStopped,
                      VZVirtualMachineStateRunning,
                      VZErrorInternal};
const Operation kSave{"save",
                      {VZVirtualMachineStatePaused},
                      VZVirtualMachineStateSaving,
                      VZVirtualMachineStatePaused,
                      VZVirtualMachineStatePaused,
                      VZErrorSave};
const Operation kRestore{"restore",
                         {VZVirtualMachineStateStopped},
                         VZVirtualMachineStateRestoring,
                         VZVirtualMachineStatePaused,
                         VZVirtualMachineStateStopped,
                         VZErrorRestore};

}  // namespace

@implementation VZVirtualMachine {
  dispatch_queue_t _queue;
  VZVirtualMachineConfiguration *_configuration;
  Faults _faults;
  bool _arm64;
  unsigned long _maxMachines;
  VZVirtualMachineState _state;
  __weak id<VZVirtualMachineDelegate> _delegate;
  NSArray *_balloons;
  NSArray *_networks;
  NSArray *_sockets;
  NSArray *_shares;
  std::shared_ptr<Guest> _guest;
  std::shared_ptr<Console> _console;
  ExclusiveUses _uses;
  // Of the operation that is under way; nil without one.
  Handler _handler;
  // Counts what becomes of the machine, so that news of what was are told from news of what is.
  unsigned _boot;
  unsigned _operation;
  // Whether it was made in full: ARC deallocates one whose initializer raises, too.
  bool _made;
  std::shared_ptr<MachineHandle> _handle;
}

+ (BOOL)isSupported {
  return settings().supported;
}

- (instancetype)initWithConfiguration:(VZVirtualMachineConfiguration *)configuration queue:(dispatch_queue_t)queue {
  if ((self = [super init])) {
    NSError *error = nil;
    if (![configuration validateWithError:&error]) {
      [NSException raise:NSInvalidArgumentException format:@"%@", error.localizedDescription];
    }
    _handle = std::make_shared<MachineHandle>(MachineHandle{self});
    _queue = queue;
    _configuration = [configuration copy];
    _arm64 = settings().arm64;
    _maxMachines = settings().maxMachines;
    _faults = settings().faults;
    raiseWhereTold(_faults, "make");
    [self makeDevices];
    counters().machinesMade++;
    counters().machinesAlive++;
    _made = true;
  }
  return self;
}

- (void)makeDevices {
  NSMutableArray *balloons = [NSMutableArray array];
  NSMutableArray *networks = [NSMutableArray array];
  NSMutableArray *shares = [NSMutableArray array];
  NSMutableArray *sockets = [NSMutableArray array];
  for (NSUInteger i = 0; i < _configuration.memoryBalloonDevices.count; i++) {
    [balloons addObject:[[VZVirtioTraditionalMemoryBalloonDevice alloc] initOnQueue:_queue
                                                                        memoryBytes:_configuration.memorySize]];
  }
  for (VZNetworkDeviceConfiguration *one in _configuration.networkDevices) {
    [networks addObject:[[VZNetworkDevice alloc] initOnQueue:_queue configuration:one]];
  }
  for (id one in _configuration.directorySharingDevices) {
    [shares addObject:[[VZVirtioFileSystemDevice alloc] initOnQueue:_queue configuration:one]];
  }
  for (NSUInteger i = 0; i < _configuration.socketDevices.count; i++) {
    [sockets addObject:[[VZVirtioSocketDevice alloc] initOnQueue:_queue machine:self faults:_faults]];
  }
  _balloons = balloons;
  _networks = networks;
  _shares = shares;
  _sockets = sockets;
}

// A machine that nobody has any more ends, and what it had is free when its guest is gone.
- (void)dealloc {
  if (_handle != nullptr) _handle->machine = nil;
  if (_made) counters().machinesAlive--;
  [self endGuest:nullptr];
}

- (void)enter:(const char *)what {
  if (!isOnQueue(_queue)) countOffQueueCall((std::string("VZVirtualMachine: ") + what).c_str());
  raiseWhereTold(_faults, what);
}

- (VZVirtualMachineState)state {
  [self enter:"state"];
  return _state;
}

- (id<VZVirtualMachineDelegate>)delegate {
  [self enter:"delegate"];
  return _delegate;
}

- (void)setDelegate:(id<VZVirtualMachineDelegate>)delegate {
  [self enter:"set-delegate"];
  _delegate = delegate;
}

- (NSArray *)memoryBalloonDevices {
  [self enter:"memory-balloon-devices"];
  return _balloons;
}

- (NSArray *)networkDevices {
  [self enter:"network-devices"];
  return _networks;
}

- (NSArray *)socketDevices {
  [self enter:"socket-devices"];
  return _sockets;
}

- (NSArray *)directorySharingDevices {
  [self enter:"directory-sharing-devices"];
  return _shares;
}

- (BOOL)canStart {
  return [self can:kStart];
}

- (BOOL)canStop {
  return [self can:kStop];
}

- (BOOL)canPause {
  return [self can:kPause];
}

- (BOOL)canResume {
  return [self can:kResume];
}

- (BOOL)canRequestStop {
  [self enter:"can"];
  return _state == VZVirtualMachineStateRunning;
}

- (BOOL)can:(const Operation &)operation {
  [self enter:"can"];
  return std::find(operation.from.begin(), operation.from.end(), _state) != operation.from.end();
}

- (std::shared_ptr<Guest>)runningGuest {
  return _state == VZVirtualMachineStateRunning ? _guest : nullptr;
}

- (void)startWithCompletionHandler:(Handler)completionHandler {
  [self perform:kStart
        handler:completionHandler
           work:^(Guest::Done done) {
             NSError *refusal = [self beginGuest];
             if (refusal != nil) return [self settle:kStart error:refusal];
             self->_guest->start(done);
           }];
}

- (void)pauseWithCompletionHandler:(Handler)completionHandler {
  [self perform:kPause
        handler:completionHandler
           work:^(Guest::Done done) {
             self->_guest->suspend(done);
           }];
}

- (void)resumeWithCompletionHandler:(Handler)completionHandler {
  [self perform:kResume
        handler:completionHandler
           work:^(Guest::Done done) {
             self->_guest->resume(done);
           }];
}

- (void)stopWithCompletionHandler:(Handler)completionHandler {
  [self perform:kStop
        handler:completionHandler
           work:^(Guest::Done done) {
             if (self->_faults.count("stop-races")) return [self guestStopped:nil];
             [self endGuest:[done] { done(""); }];
           }];
}

- (BOOL)requestStopWithError:(NSError **)error {
  [self enter:"request-stop"];
  if (_state != VZVirtualMachineStateRunning) {
    return refuse(error, frameworkError(VZErrorInvalidVirtualMachineState, @"Invalid virtual machine state.",
                                        @"The virtual machine is not running."));
  }
  if (_faults.count("ignore-request-stop") == 0) _guest->pressPowerButton();
  return YES;
}

- (void)saveMachineStateToURL:(NSURL *)saveFileURL completionHandler:(Handler)completionHandler {
  std::string path = saveFileURL.fileSystemRepresentation;
  [self perform:kSave
        handler:completionHandler
           work:^(Guest::Done done) {
             std::string problem = beginSavedState(path, fingerprintOf(self->_configuration));
             if (problem.empty()) {
               self->_guest->saveTo(path, done);
             } else {
               done(problem);
             }
           }];
}

- (void)restoreMachineStateFromURL:(NSURL *)saveFileURL completionHandler:(Handler)completionHandler {
  std::string path = saveFileURL.fileSystemRepresentation;
  [self perform:kRestore
        handler:completionHandler
           work:^(Guest::Done done) {
             auto offset = offsetOfGuestState(path, fingerprintOf(self->_configuration));
             // openai/tart#1297: a state of another machine is no more than an "invalid argument".
             if (!offset) return [self settle:kRestore error:[self invalidState]];
             NSError *refusal = [self beginGuest];
             if (refusal != nil) return [self settle:kRestore error:refusal];
             self->_guest->startFrom(path, *offset, done);
           }];
}

- (NSError *)invalidState {
  return frameworkError(VZErrorRestore, @"The virtual machine failed to restore.", @"Invalid argument",
                        posixError(kEinval, @"Invalid argument"));
}

// Does the work of an operation, unless the state forbids it or the double is told to fail. The handler is called on the queue, later.
- (void)perform:(const Operation &)operation handler:(Handler)handler work:(void (^)(Guest::Done))work {
  [self enter:operation.name];
  if (![self can:operation]) {
    NSError *error = transitionError(_state, operation.over);
    dispatch_async(_queue, ^{
      handler(error);
    });
    return;
  }
  const Operation *kind = &operation;
  unsigned number = ++_operation;
  _state = operation.over;
  _handler = [handler copy];
  if (_faults.count(std::string("never-complete-") + operation.name)) return;
  auto slow = _faults.find(std::string("slow-") + operation.name);
  int64_t delayMs = slow == _faults.end() ? 0 : atoll(slow->second.c_str());
  std::shared_ptr<MachineHandle> handle = _handle;
  dispatch_queue_t queue = _queue;
  dispatch_after(dispatch_time(DISPATCH_TIME_NOW, delayMs * static_cast<int64_t>(NSEC_PER_MSEC)), queue, ^{
    VZVirtualMachine *machine = handle->machine;
    if (machine == nil || machine->_operation != number) return;
    auto told = machine->_faults.find(std::string("fail-") + kind->name);
    if (told != machine->_faults.end()) {
      [machine settle:*kind error:frameworkError(kind->code, @"The operation failed.", stringOf(told->second))];
      return;
    }
    work([handle, queue, number, kind](const std::string &problem) {
      NSError *error = problem.empty() ? nil : frameworkError(kind->code, @"The operation failed.", stringOf(problem));
      dispatch_async(queue, ^{
        VZVirtualMachine *still = handle->machine;
        if (still != nil && still->_operation == number) [still settle:*kind error:error];
      });
    });
  });
}

- (void)settle:(const Operation &)operation error:(NSError *)error {
  _state = error == nil ? operation.to : operation.back;
  if (_state == VZVirtualMachineStateStopped || _state == VZVirtualMachineStateError) [self endGuest:nullptr];
  if (error == nil && &operation == &kStart) [self beginFaults];
  [self answer:error];
}

- (void)answer:(NSError *)error {
  Handler handler = _handler;
  _handler = nil;
  _operation++;
  if (handler != nil) handler(error);
}

// Takes what the machine needs for itself and makes its guest; why it cannot, else.
- (NSError *)beginGuest {
  GuestDescription description = describe(_configuration);
  if (running >= _maxMachines) {
    return frameworkError(VZErrorVirtualMachineLimitExceeded, @"The virtual machine failed to start.",
                          @"The number of virtual machines exceeds the limit.");
  }
  for (const auto &disk : description.disks) {
    if (!_uses.takeDisk(disk.path, disk.readOnly)) {
      return configurationError(@"The storage device attachment is invalid.");
    }
  }
  if (!_uses.takeIdentifier(identifierOf(_configuration))) {
    return internalError(@"The virtual machine failed to start.");
  }
  if (description.efiStore.empty() && !isBootable(description.kernel, _arm64)) {
    return internalError(@"The virtual machine failed to start.");
  }
  _console = std::make_shared<Console>();
  if (!_console->open(_configuration)) return configurationError(@"The serial port attachment is invalid.");
  description.consoleOutput = _console->output();
  description.consoleInput = _console->input();
  _guest = makeGuest(std::move(description), [self eventsOfBoot:++_boot]);
  running++;
  return nil;
}

- (GuestEvents)eventsOfBoot:(unsigned)boot {
  std::shared_ptr<MachineHandle> handle = _handle;
  // The device has the machine weakly, so the guest, which the machine has, may have the device.
  VZVirtioSocketDevice *device = (VZVirtioSocketDevice *)[_sockets firstObject];
  dispatch_queue_t queue = _queue;
  auto ended = [handle, queue, boot](NSError *error) {
    dispatch_async(queue, ^{
      VZVirtualMachine *machine = handle->machine;
      if (machine != nil && machine->_boot == boot) [machine guestStopped:error];
    });
  };
  GuestEvents events;
  events.poweredOff = [ended] { ended(nil); };
  events.failed = [ended](const std::string &words) { ended(internalError(stringOf(words))); };
  events.connects = [device](uint32_t port, uint32_t guestPort, int descriptor) {
    return device != nil && [device takeConnection:descriptor from:guestPort to:port];
  };
  return events;
}

// The guest has gone by itself. An operation that was under way finds a machine that is stopped already.
- (void)guestStopped:(NSError *)error {
  if (_state == VZVirtualMachineStateStopped || _state == VZVirtualMachineStateError) return;
  VZVirtualMachineState before = _state;
  _state = error == nil ? VZVirtualMachineStateStopped : VZVirtualMachineStateError;
  [self endGuest:nullptr];
  if (error == nil) {
    if ([_delegate respondsToSelector:@selector(guestDidStopVirtualMachine:)]) {
      [_delegate guestDidStopVirtualMachine:self];
    }
  } else if ([_delegate respondsToSelector:@selector(virtualMachine:didStopWithError:)]) {
    [_delegate virtualMachine:self didStopWithError:error];
  }
  if (_handler != nil) [self answer:transitionError(_state, before)];
}

- (void)endGuest:(std::function<void()>)done {
  std::shared_ptr<Guest> guest = std::move(_guest);
  _guest = nullptr;
  _boot++;
  if (guest == nullptr) {
    _uses.letGo();
    if (done) done();
    return;
  }
  running--;
  auto console = std::move(_console);
  auto uses = std::make_shared<ExclusiveUses>(std::move(_uses));
  // The configuration holds the descriptors of sockets.
  VZVirtualMachineConfiguration *configuration = _configuration;
  guest->end([guest, console, uses, configuration, done] {
    (void)configuration;
    console->close();
    uses->letGo();
    if (done) done();
  });
}

// What the framework does of itself while the machine runs, when the double is told to.
- (void)beginFaults {
  std::shared_ptr<MachineHandle> handle = _handle;
  unsigned boot = _boot;
  [self after:"crash-after"
           do:^{
             VZVirtualMachine *machine = handle->machine;
             if (machine == nil || machine->_boot != boot) return;
             [machine guestStopped:internalError(@"The virtual machine stopped unexpectedly.")];
           }];
  [self after:"disconnect-network-after"
           do:^{
             VZVirtualMachine *machine = handle->machine;
             if (machine != nil && machine->_boot == boot) [machine disconnectNetworks];
           }];
}

- (void)after:(const char *)fault do:(dispatch_block_t)block {
  auto told = _faults.find(fault);
  if (told == _faults.end()) return;
  int64_t delay = atoll(told->second.c_str()) * static_cast<int64_t>(NSEC_PER_MSEC);
  dispatch_after(dispatch_time(DISPATCH_TIME_NOW, delay), _queue, block);
}

- (void)disconnectNetworks {
  SEL selector = @selector(virtualMachine:networkDevice:attachmentWasDisconnectedWithError:);
  for (VZNetworkDevice *device in _networks) {
    device.attachment = nil;
    if (![_delegate respondsToSelector:selector]) continue;
    [_delegate virtualMachine:self
                             networkDevice:device
        attachmentWasDisconnectedWithError:frameworkError(VZErrorNetworkError, @"A network error occurred.",
                                                          @"The network device was disconnected.")];
  }
}

@end
