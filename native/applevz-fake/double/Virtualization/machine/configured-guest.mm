#include "configured-guest.h"

#include <sstream>

#include "guest/qemu-guest.h"
#include "guest/scripted-guest.h"
#include "settings.h"

namespace applevz_double {
namespace {

std::string textOf(NSString *text) {
  return text == nil ? "" : text.UTF8String;
}

std::string pathOf(NSURL *url) {
  return textOf(url.path);
}

GuestNetwork describeNetwork(VZNetworkDeviceConfiguration *network) {
  GuestNetwork one{"none", textOf(network.MACAddress.string), -1, 0};
  id attachment = network.attachment;
  if ([attachment isKindOfClass:[VZNATNetworkDeviceAttachment class]]) one.kind = "nat";
  if ([attachment isKindOfClass:[VZBridgedNetworkDeviceAttachment class]]) one.kind = "bridged";
  if ([attachment isKindOfClass:[VZVmnetNetworkDeviceAttachment class]]) one.kind = "vmnet";
  if ([attachment isKindOfClass:[VZFileHandleNetworkDeviceAttachment class]]) {
    VZFileHandleNetworkDeviceAttachment *socket = attachment;
    one.kind = "socket";
    one.descriptor = socket.fileHandle.fileDescriptor;
    one.mtu = static_cast<int>(socket.maximumTransmissionUnit);
  }
  return one;
}

GuestShare describeShare(VZVirtioFileSystemDeviceConfiguration *device) {
  GuestShare one{textOf(device.tag), "", false};
  if ([device.share isKindOfClass:[VZSingleDirectoryShare class]]) {
    VZSharedDirectory *directory = [(VZSingleDirectoryShare *)device.share directory];
    one.path = pathOf(directory.URL);
    one.readOnly = directory.readOnly;
  }
  return one;
}

}  // namespace

GuestDescription describe(VZVirtualMachineConfiguration *configuration) {
  GuestDescription all;
  if ([configuration.bootLoader isKindOfClass:[VZLinuxBootLoader class]]) {
    VZLinuxBootLoader *linux_ = (VZLinuxBootLoader *)configuration.bootLoader;
    all.kernel = pathOf(linux_.kernelURL);
    all.initramfs = pathOf(linux_.initialRamdiskURL);
    all.cmdline = textOf(linux_.commandLine);
  } else {
    all.efiStore = pathOf([[(VZEFIBootLoader *)configuration.bootLoader variableStore] URL]);
  }
  all.cpus = configuration.CPUCount;
  all.memoryBytes = configuration.memorySize;
  for (VZStorageDeviceConfiguration *device in configuration.storageDevices) {
    auto *image = (VZDiskImageStorageDeviceAttachment *)device.attachment;
    NSString *identifier = [(VZVirtioBlockDeviceConfiguration *)device blockDeviceIdentifier];
    all.disks.push_back({pathOf(image.URL), static_cast<bool>(image.readOnly), textOf(identifier)});
  }
  for (VZNetworkDeviceConfiguration *device in configuration.networkDevices) {
    all.networks.push_back(describeNetwork(device));
  }
  for (VZDirectorySharingDeviceConfiguration *device in configuration.directorySharingDevices) {
    all.shares.push_back(describeShare((VZVirtioFileSystemDeviceConfiguration *)device));
  }
  return all;
}

std::string identifierOf(VZVirtualMachineConfiguration *configuration) {
  if (![configuration.platform isKindOfClass:[VZGenericPlatformConfiguration class]]) return "";
  NSData *bytes = [(VZGenericPlatformConfiguration *)configuration.platform machineIdentifier].dataRepresentation;
  static const char kDigits[] = "0123456789abcdef";
  std::string text;
  for (NSUInteger i = 0; i < bytes.length; i++) {
    unsigned char one = static_cast<const unsigned char *>(bytes.bytes)[i];
    text.push_back(kDigits[one >> 4]);
    text.push_back(kDigits[one & 15]);
  }
  return text;
}

std::string fingerprintOf(VZVirtualMachineConfiguration *configuration) {
  GuestDescription all = describe(configuration);
  std::stringstream text;
  text << "identifier=" << identifierOf(configuration) << " cpus=" << all.cpus << " memory=" << all.memoryBytes
       << " boot=" << (all.efiStore.empty() ? "linux" : "efi") << " vsock=" << configuration.socketDevices.count
       << " serial=" << configuration.serialPorts.count << " disks=";
  for (const auto &disk : all.disks) text << disk.identifier << (disk.readOnly ? ":ro," : ",");
  text << " networks=";
  for (const auto &network : all.networks) text << network.kind << ":" << network.mac << ",";
  text << " shares=";
  for (const auto &share : all.shares) text << share.tag << ",";
  return text.str();
}

std::shared_ptr<Guest> makeGuest(GuestDescription description, GuestEvents events) {
  if (settings().qemuGuests) return std::make_shared<QemuGuest>(std::move(description), std::move(events));
  return std::make_shared<ScriptedGuest>(std::move(description), std::move(events));
}

}  // namespace applevz_double
