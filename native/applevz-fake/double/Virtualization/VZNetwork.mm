#import <Virtualization/VZNetwork.h>

#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

#include "applevz_double.h"
#include "configuration-problem.h"
#include "framework-error.h"
#include "machine/device.h"
#include "settings.h"

using namespace applevz_double;

static const NSInteger kMinMtu = 1500;
static const NSInteger kMaxMtu = 65535;

// Root may without the entitlement (Code-Hex/vz#180).
static BOOL MayBridge() {
  return geteuid() == 0 || applevz_double_has_entitlement("com.apple.vm.networking");
}

@implementation VZMACAddress

- (instancetype)initWithString:(NSString *)string {
  unsigned char bytes[6];
  int read = 0;
  const char *text = string.UTF8String;
  int fields = sscanf(text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n", bytes, bytes + 1, bytes + 2, bytes + 3, bytes + 4,
                      bytes + 5, &read);
  // The length tells of fields of one digit, and of blanks, which sscanf takes.
  if (fields != 6 || read != 17 || string.length != 17) return nil;
  if ((self = [super init])) _string = string.lowercaseString;
  return self;
}

+ (instancetype)randomLocallyAdministeredAddress {
  unsigned char bytes[6];
  if (getrandom(bytes, sizeof bytes, 0) < 0) return nil;
  bytes[0] = static_cast<unsigned char>((bytes[0] & 0xfc) | 0x02);
  char text[18];
  snprintf(text, sizeof text, "%02x:%02x:%02x:%02x:%02x:%02x", bytes[0], bytes[1], bytes[2], bytes[3], bytes[4],
           bytes[5]);
  return [[self alloc] initWithString:[NSString stringWithUTF8String:text]];
}

- (BOOL)isMulticastAddress {
  unsigned first = 0;
  sscanf(_string.UTF8String, "%2x", &first);
  return (first & 1) != 0;
}

- (id)copy {
  return self;
}

@end

@implementation VZNetworkDeviceAttachment

- (NSString *)problem {
  return nil;
}

@end

@implementation VZNATNetworkDeviceAttachment

- (instancetype)init {
  return [super init];
}

@end

@implementation VZFileHandleNetworkDeviceAttachment

- (instancetype)initWithFileHandle:(NSFileHandle *)fileHandle {
  struct stat facts;
  if (fstat(fileHandle.fileDescriptor, &facts) != 0 || !S_ISSOCK(facts.st_mode)) {
    [NSException raise:NSInvalidArgumentException format:@"The file handle is not a socket."];
  }
  if ((self = [super init])) {
    _fileHandle = fileHandle;
    _maximumTransmissionUnit = kMinMtu;
  }
  return self;
}

- (NSString *)problem {
  int kind = 0;
  socklen_t size = sizeof kind;
  int descriptor = _fileHandle.fileDescriptor;
  sockaddr_storage peer;
  socklen_t peerSize = sizeof peer;
  if (getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &kind, &size) != 0 || kind != SOCK_DGRAM ||
      getpeername(descriptor, reinterpret_cast<sockaddr *>(&peer), &peerSize) != 0) {
    return @"The file handle network attachment needs a connected datagram socket.";
  }
  if (_maximumTransmissionUnit < kMinMtu || _maximumTransmissionUnit > kMaxMtu) {
    return @"The maximum transmission unit is not between 1500 and 65535.";
  }
  return nil;
}

@end

@implementation VZBridgedNetworkInterface

+ (NSArray<VZBridgedNetworkInterface *> *)networkInterfaces {
  NSMutableArray *all = [NSMutableArray array];
  if (!MayBridge()) return all;
  for (const auto &[identifier, name] : settings().bridgeInterfaces) {
    VZBridgedNetworkInterface *one = [[VZBridgedNetworkInterface alloc] init];
    one->_identifier = stringOf(identifier);
    one->_localizedDisplayName = name.empty() ? nil : stringOf(name);
    [all addObject:one];
  }
  return all;
}

@end

@implementation VZBridgedNetworkDeviceAttachment

- (instancetype)initWithInterface:(VZBridgedNetworkInterface *)interface {
  if ((self = [super init])) _interface = interface;
  return self;
}

- (NSString *)problem {
  if (MayBridge()) return nil;
  return @"The process doesn’t have the “com.apple.vm.networking” entitlement.";
}

@end

@implementation VZVmnetNetworkDeviceAttachment

- (instancetype)initWithNetwork:(vmnet_network_ref)network {
  if (network == nullptr) [NSException raise:NSInvalidArgumentException format:@"network is null"];
  if ((self = [super init])) {
    CFRetain(network);
    _network = network;
  }
  return self;
}

- (void)dealloc {
  if (_network != nullptr) CFRelease(_network);
}

@end

@implementation VZNetworkDeviceConfiguration

- (instancetype)init {
  if ((self = [super init])) _MACAddress = [VZMACAddress randomLocallyAdministeredAddress];
  return self;
}

- (id)copy {
  VZNetworkDeviceConfiguration *other = [[[self class] alloc] init];
  other->_attachment = _attachment;
  other->_MACAddress = _MACAddress;
  return other;
}

- (NSString *)problem {
  if (_MACAddress.isMulticastAddress) return @"The MAC address of a network device is a multicast address.";
  return [_attachment problem];
}

@end

@implementation VZVirtioNetworkDeviceConfiguration

- (instancetype)init {
  return [super init];
}

@end

@implementation VZNetworkDevice {
  dispatch_queue_t _queue;
  VZNetworkDeviceAttachment *_current;
}

- (instancetype)initOnQueue:(dispatch_queue_t)queue configuration:(VZNetworkDeviceConfiguration *)configuration {
  if ((self = [super init])) {
    _queue = queue;
    _current = configuration.attachment;
  }
  return self;
}

- (VZNetworkDeviceAttachment *)attachment {
  requireQueue(_queue, "-[VZNetworkDevice attachment]");
  return _current;
}

- (void)setAttachment:(VZNetworkDeviceAttachment *)attachment {
  requireQueue(_queue, "-[VZNetworkDevice setAttachment:]");
  _current = attachment;
}

@end
