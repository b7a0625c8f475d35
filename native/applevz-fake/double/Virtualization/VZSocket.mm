#import <Virtualization/VZSocket.h>

#include <sys/socket.h>
#include <unistd.h>

#include <map>

#include "framework-error.h"
#include "machine/device.h"
#include "machine/machine-private.h"

using namespace applevz_double;

static const NSInteger kEconnresetOfMac = 54;

@implementation VZSocketDeviceConfiguration

- (id)copy {
  return self;
}

@end

@implementation VZVirtioSocketDeviceConfiguration

- (instancetype)init {
  return [super init];
}

@end

@implementation VZVirtioSocketListener

- (instancetype)init {
  return [super init];
}

@end

@interface VZVirtioSocketConnection ()
- (instancetype)initWithDescriptor:(int)descriptor source:(uint32_t)sourcePort destination:(uint32_t)destinationPort;
@end

@implementation VZVirtioSocketConnection

- (instancetype)initWithDescriptor:(int)descriptor source:(uint32_t)sourcePort destination:(uint32_t)destinationPort {
  if ((self = [super init])) {
    _fileDescriptor = descriptor;
    _sourcePort = sourcePort;
    _destinationPort = destinationPort;
  }
  return self;
}

- (void)dealloc {
  [self close];
}

// Code-Hex/vz#54, apple/containerization#552: with the connection the stream goes, whatever duplicates there are.
- (void)close {
  if (_fileDescriptor < 0) return;
  shutdown(_fileDescriptor, SHUT_RDWR);
  ::close(_fileDescriptor);
  _fileDescriptor = -1;
}

@end

namespace {

struct WeakListener {
  __weak VZVirtioSocketListener *listener;
};

}  // namespace

@implementation VZSocketDevice
@end

@implementation VZVirtioSocketDevice {
  dispatch_queue_t _queue;
  __weak VZVirtualMachine *_machine;
  Faults _faults;
  std::map<uint32_t, WeakListener> _listeners;
}

- (instancetype)initOnQueue:(dispatch_queue_t)queue machine:(VZVirtualMachine *)machine faults:(const Faults &)faults {
  if ((self = [super init])) {
    _queue = queue;
    _machine = machine;
    _faults = faults;
  }
  return self;
}

- (void)setSocketListener:(VZVirtioSocketListener *)listener forPort:(uint32_t)port {
  requireQueue(_queue, "-[VZVirtioSocketDevice setSocketListener:forPort:]");
  raiseWhereTold(_faults, "listen");
  _listeners[port] = {listener};
}

- (void)removeSocketListenerForPort:(uint32_t)port {
  requireQueue(_queue, "-[VZVirtioSocketDevice removeSocketListenerForPort:]");
  _listeners.erase(port);
}

- (void)connectToPort:(uint32_t)port
    completionHandler:(void (^)(VZVirtioSocketConnection *, NSError *))completionHandler {
  requireQueue(_queue, "-[VZVirtioSocketDevice connectToPort:completionHandler:]");
  raiseWhereTold(_faults, "connect");
  dispatch_queue_t queue = _queue;
  auto answer = [queue, port, completionHandler](int descriptor, uint32_t hostPort) {
    dispatch_async(queue, ^{
      if (descriptor < 0) {
        completionHandler(nil, posixError(kEconnresetOfMac, @"Connection reset by peer"));
        return;
      }
      VZVirtioSocketConnection *connection = [[VZVirtioSocketConnection alloc] initWithDescriptor:descriptor
                                                                                           source:hostPort
                                                                                      destination:port];
      completionHandler(connection, nil);
    });
  };
  std::shared_ptr<Guest> guest = [_machine runningGuest];
  if (_faults.count("never-complete-connect")) return;
  if (guest == nullptr) {
    answer(-1, 0);
  } else {
    guest->connect(port, answer);
  }
}

- (BOOL)takeConnection:(int)descriptor from:(uint32_t)guestPort to:(uint32_t)port {
  __block BOOL taken = NO;
  dispatch_sync(_queue, ^{
    auto found = self->_listeners.find(port);
    VZVirtioSocketListener *listener = found == self->_listeners.end() ? nil : found->second.listener;
    id<VZVirtioSocketListenerDelegate> delegate = listener.delegate;
    if (delegate == nil) return;
    // Unless the delegate keeps the connection it ends with this block, and the stream with it.
    VZVirtioSocketConnection *connection = [[VZVirtioSocketConnection alloc] initWithDescriptor:dup(descriptor)
                                                                                         source:guestPort
                                                                                    destination:port];
    BOOL asks = [delegate respondsToSelector:@selector(listener:shouldAcceptNewConnection:fromSocketDevice:)];
    taken = !asks || [delegate listener:listener shouldAcceptNewConnection:connection fromSocketDevice:self];
  });
  if (taken) ::close(descriptor);
  return taken;
}

@end
