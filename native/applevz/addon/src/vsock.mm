#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#import "foundation.h"
#import "machine_core.h"

using applevz::Failure;
using applevz::Guarded;
using applevz::VsockLink;

@interface VmrsAppleVzAcceptor : NSObject <VZVirtioSocketListenerDelegate>
- (instancetype)initWithQueue:(dispatch_queue_t)queue accept:(applevz::Machine::Accept)accept;
@end

@implementation VmrsAppleVzAcceptor {
  dispatch_queue_t _queue;
  applevz::Machine::Accept _accept;
}

- (instancetype)initWithQueue:(dispatch_queue_t)queue accept:(applevz::Machine::Accept)accept {
  self = [super init];
  if (self != nil) {
    _queue = queue;
    _accept = std::move(accept);
  }
  return self;
}

- (BOOL)listener:(VZVirtioSocketListener *)listener
    shouldAcceptNewConnection:(VZVirtioSocketConnection *)connection
             fromSocketDevice:(VZVirtioSocketDevice *)socketDevice {
  (void)listener;
  (void)socketDevice;
  std::shared_ptr<VsockLink> link;
  Failure failure;
  std::optional<Failure> raised = Guarded([&] { link = applevz::LinkTo(connection, _queue, &failure); });
  // The guest sees a refused connection; there is nobody on this side to tell.
  if (raised || link == nullptr) return NO;
  _accept(std::move(link));
  return YES;
}

@end

namespace applevz {

namespace {

// Holds a connection, which owns its descriptor and closes it when it is released.
class Keeper {
 public:
  Keeper(dispatch_queue_t queue, VZVirtioSocketConnection *connection) : queue_(queue), connection_(connection) {}
  Keeper(const Keeper &) = delete;
  Keeper &operator=(const Keeper &) = delete;
  ~Keeper() {
    VZVirtioSocketConnection *connection = connection_;
    connection_ = nil;
    dispatch_async(queue_, ^{
      @autoreleasepool {
        // Whether it was closed already is no concern of who lets go of it.
        (void)Guarded([&] { [connection close]; });
      }
    });
  }

 private:
  dispatch_queue_t queue_;
  VZVirtioSocketConnection *connection_;
};

// Node.js wants descriptors that do not block, and a guest that goes away must not end the process by a signal.
bool Prepare(int fd) {
  int flags = fcntl(fd, F_GETFL);
  if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0) return false;
#if defined(SO_NOSIGPIPE)
  // Refused for a stream that the guest has ended already. What it sent can still be read, and Node.js ignores the signal besides.
  int on = 1;
  (void)setsockopt(fd, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on);
#endif
  return true;
}

}  // namespace

std::shared_ptr<VsockLink> LinkTo(VZVirtioSocketConnection *connection, dispatch_queue_t queue, Failure *failure) {
  // The framework closes its own descriptor when it likes: after the guest is gone, or with the last reference.
  int fd = fcntl(connection.fileDescriptor, F_DUPFD_CLOEXEC, 0);
  if (fd < 0) {
    *failure = SystemFailure(errno, "The descriptor of a vsock connection cannot be duplicated");
    return nullptr;
  }
  auto link = std::make_shared<VsockLink>(fd, connection.sourcePort, connection.destinationPort,
                                          std::make_shared<Keeper>(queue, connection));
  if (!Prepare(fd)) {
    *failure = SystemFailure(errno, "The descriptor of a vsock connection cannot be prepared");
    return nullptr;
  }
  return link;
}

VZVirtioSocketDevice *SocketDevice(VZVirtualMachine *vm) {
  id device = vm.socketDevices.firstObject;
  return [device isKindOfClass:[VZVirtioSocketDevice class]] ? device : nil;
}

Listening MakeListener(dispatch_queue_t queue, Machine::Accept accept) {
  Listening made;
  made.acceptor = [[VmrsAppleVzAcceptor alloc] initWithQueue:queue accept:std::move(accept)];
  made.listener = [[VZVirtioSocketListener alloc] init];
  made.listener.delegate = made.acceptor;
  return made;
}

}  // namespace applevz
