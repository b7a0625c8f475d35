#import "configuration.h"

#include <unistd.h>

#include <cerrno>

#include "availability.h"
#import "foundation.h"

namespace applevz {

namespace {

std::optional<Failure> ConfigureBoot(const LinuxBoot &boot, VZVirtualMachineConfiguration *machine) {
  VZLinuxBootLoader *loader = [[VZLinuxBootLoader alloc] initWithKernelURL:FileUrl(boot.kernel)];
  loader.commandLine = ToNSString(boot.command_line);
  if (boot.initramfs) loader.initialRamdiskURL = FileUrl(*boot.initramfs);
  machine.bootLoader = loader;
  return std::nullopt;
}

std::optional<Failure> ConfigureBoot(const EfiBoot &boot, VZVirtualMachineConfiguration *machine) {
  VZEFIVariableStore *store = nil;
  if (boot.create) {
    NSError *error = nil;
    // Without the option to overwrite: what a guest has stored is never lost to a second creation.
    store = [[VZEFIVariableStore alloc] initCreatingVariableStoreAtURL:FileUrl(boot.variable_store)
                                                               options:(VZEFIVariableStoreInitializationOptions)0
                                                                 error:&error];
    if (store == nil) return Describe(error);
  } else {
    // Opening cannot report an error: a missing file would show up much later, without its name.
    if (access(boot.variable_store.c_str(), R_OK | W_OK) != 0) {
      return SystemFailure(errno, "The EFI variable store " + boot.variable_store + " cannot be used");
    }
    store = [[VZEFIVariableStore alloc] initWithURL:FileUrl(boot.variable_store)];
  }
  VZEFIBootLoader *loader = [[VZEFIBootLoader alloc] init];
  loader.variableStore = store;
  machine.bootLoader = loader;
  return std::nullopt;
}

std::optional<Failure> EnableNestedVirtualization(VZGenericPlatformConfiguration *platform) {
  IF_MACOS(15) {
    // The processor decides, not only the version of macOS.
    if (VZGenericPlatformConfiguration.nestedVirtualizationSupported) {
      platform.nestedVirtualizationEnabled = YES;
      return std::nullopt;
    }
  }
  return OwnFailure(OwnCode::kUnsupported, "Nested virtualization needs macOS 15 or newer on an M3 or later.");
}

std::optional<Failure> ConfigurePlatform(const MachineSpec &spec, Configuration *out) {
  VZGenericMachineIdentifier *identifier = nil;
  if (spec.machine_id) {
    NSData *bytes = [NSData dataWithBytes:spec.machine_id->data() length:spec.machine_id->size()];
    identifier = [[VZGenericMachineIdentifier alloc] initWithDataRepresentation:bytes];
    if (identifier == nil) return OwnFailure(OwnCode::kRefused, "The machine identifier is not one of this framework.");
  } else {
    identifier = [[VZGenericMachineIdentifier alloc] init];
  }
  NSData *bytes = identifier.dataRepresentation;
  out->machine_id = std::string(static_cast<const char *>(bytes.bytes), bytes.length);

  VZGenericPlatformConfiguration *platform = [[VZGenericPlatformConfiguration alloc] init];
  platform.machineIdentifier = identifier;
  if (spec.nested_virtualization) {
    if (std::optional<Failure> failure = EnableNestedVirtualization(platform)) return failure;
  }
  out->machine.platform = platform;
  return std::nullopt;
}

}  // namespace

std::optional<Failure> Configure(const MachineSpec &spec, Configuration *out) {
  VZVirtualMachineConfiguration *machine = [[VZVirtualMachineConfiguration alloc] init];
  out->machine = machine;
  machine.CPUCount = spec.cpus;
  machine.memorySize = spec.memory_bytes;
  machine.entropyDevices = @[ [[VZVirtioEntropyDeviceConfiguration alloc] init] ];
  machine.memoryBalloonDevices = @[ [[VZVirtioTraditionalMemoryBalloonDeviceConfiguration alloc] init] ];
  if (spec.vsock) machine.socketDevices = @[ [[VZVirtioSocketDeviceConfiguration alloc] init] ];

  std::optional<Failure> failure =
      std::visit([&](const auto &boot) { return ConfigureBoot(boot, machine); }, spec.boot);
  if (!failure) failure = ConfigurePlatform(spec, out);
  if (!failure) failure = ConfigureDisks(spec.disks, machine);
  if (!failure) failure = ConfigureNetworks(spec.networks, out);
  if (!failure) failure = ConfigureShares(spec.shares, machine);
  if (!failure) failure = ConfigureSerial(spec, machine);
  if (failure) return failure;

  NSError *error = nil;
  if (![machine validateWithError:&error]) return Describe(error);
  return std::nullopt;
}

}  // namespace applevz
