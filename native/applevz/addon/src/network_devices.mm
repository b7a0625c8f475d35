#include "availability.h"
#import "configuration.h"
#import "foundation.h"

#if APPLEVZ_VMNET_API
#include <vmnet/vmnet.h>
#endif

namespace applevz {

namespace {

using Problem = std::optional<Failure>;

VZNetworkDeviceAttachment *Attach(const NatNetwork &, Configuration *, Problem *) {
  return [[VZNATNetworkDeviceAttachment alloc] init];
}

VZNetworkDeviceAttachment *Attach(const SocketNetwork &network, Configuration *, Problem *problem) {
  NSFileHandle *handle = DuplicateToHandle(network.fd, problem);
  if (handle == nil) return nil;
  VZFileHandleNetworkDeviceAttachment *attachment =
      [[VZFileHandleNetworkDeviceAttachment alloc] initWithFileHandle:handle];
  attachment.maximumTransmissionUnit = static_cast<NSInteger>(network.mtu);
  return attachment;
}

VZNetworkDeviceAttachment *Attach(const BridgedNetwork &network, Configuration *, Problem *problem) {
  NSString *wanted = ToNSString(network.interface);
  for (VZBridgedNetworkInterface *one in VZBridgedNetworkInterface.networkInterfaces) {
    if ([one.identifier isEqualToString:wanted]) {
      return [[VZBridgedNetworkDeviceAttachment alloc] initWithInterface:one];
    }
  }
  *problem = OwnFailure(OwnCode::kRefused, "This host has no interface " + network.interface + " to bridge to.");
  return nil;
}

VZNetworkDeviceAttachment *Attach(const VmnetNetwork &network, Configuration *out, Problem *problem) {
  return AttachToVmnet(network.host_only, out, problem);
}

}  // namespace

VZNetworkDeviceAttachment *AttachToVmnet(bool host_only, Configuration *out, Problem *problem) {
#if APPLEVZ_VMNET_API
  IF_MACOS(26) {
    auto refused = [&](const char *what, vmnet_return_t status) {
      *problem = OwnFailure(OwnCode::kRefused, std::string("vmnet could not make ") + what + ": status " +
                                                   std::to_string(static_cast<uint32_t>(status)) + ".");
    };
    vmnet_return_t status = VMNET_FAILURE;
    vmnet_network_configuration_ref configuration =
        vmnet_network_configuration_create(host_only ? VMNET_HOST_MODE : VMNET_SHARED_MODE, &status);
    if (configuration == nullptr) {
      refused("the configuration of a network", status);
      return nil;
    }
    vmnet_network_ref network = vmnet_network_create(configuration, &status);
    CFRelease(configuration);
    if (network == nullptr) {
      refused("a network", status);
      return nil;
    }
    out->keepers.push_back(std::shared_ptr<void>(network, [](void *one) { CFRelease(one); }));
    return [[VZVmnetNetworkDeviceAttachment alloc] initWithNetwork:network];
  }
#else
  (void)host_only;
  (void)out;
#endif
  *problem = OwnFailure(OwnCode::kUnsupported,
                        "Networks of vmnet need macOS 26 or newer, and an addon that was built with its SDK.");
  return nil;
}

std::optional<Failure> ConfigureNetworks(const std::vector<NetworkSpec> &specs, Configuration *out) {
  NSMutableArray<VZNetworkDeviceConfiguration *> *devices = [NSMutableArray array];
  for (const NetworkSpec &spec : specs) {
    VZMACAddress *mac = [[VZMACAddress alloc] initWithString:ToNSString(spec.mac)];
    if (mac == nil) return OwnFailure(OwnCode::kRefused, spec.mac + " is not a MAC address.");
    Problem problem;
    VZNetworkDeviceAttachment *attachment =
        std::visit([&](const auto &network) { return Attach(network, out, &problem); }, spec.attachment);
    if (attachment == nil) {
      return problem ? problem : OwnFailure(OwnCode::kRefused, "The framework made no attachment for a network.");
    }
    VZVirtioNetworkDeviceConfiguration *device = [[VZVirtioNetworkDeviceConfiguration alloc] init];
    device.MACAddress = mac;
    device.attachment = attachment;
    [devices addObject:device];
  }
  out->machine.networkDevices = devices;
  return std::nullopt;
}

}  // namespace applevz
