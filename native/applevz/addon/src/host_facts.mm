#include "host_facts.h"

#import <Virtualization/Virtualization.h>
#include <unistd.h>

#include "availability.h"
#include "entitlement.h"
#import "foundation.h"

namespace applevz {

namespace {

std::string OsVersion() {
  NSOperatingSystemVersion version = NSProcessInfo.processInfo.operatingSystemVersion;
  return std::to_string(version.majorVersion) + "." + std::to_string(version.minorVersion) + "." +
         std::to_string(version.patchVersion);
}

std::string SdkVersion() {
#if defined(APPLEVZ_DOUBLE)
  return applevz_double_sdk_version();
#else
  return std::to_string(__MAC_OS_X_VERSION_MAX_ALLOWED / 10000) + "." +
         std::to_string(__MAC_OS_X_VERSION_MAX_ALLOWED / 100 % 100);
#endif
}

bool MayBridge() {
  return geteuid() == 0 || HasEntitlement("com.apple.vm.networking");
}

#if APPLEVZ_ARM64_API
void ReadAppleSilicon(HostFacts *facts) {
  facts->arm64 = true;
  IF_MACOS(13) {
    switch (VZLinuxRosettaDirectoryShare.availability) {
      case VZLinuxRosettaAvailabilityInstalled:
        facts->rosetta = Rosetta::kInstalled;
        break;
      case VZLinuxRosettaAvailabilityNotInstalled:
        facts->rosetta = Rosetta::kNotInstalled;
        break;
      case VZLinuxRosettaAvailabilityNotSupported:
        break;
    }
  }
  IF_MACOS(14) { facts->save_restore = true; }
}
#endif

void Read(HostFacts *facts) {
  facts->os_version = OsVersion();
  facts->built_with_sdk = SdkVersion();
  facts->supported = VZVirtualMachine.supported;
  facts->entitled = HasEntitlement("com.apple.security.virtualization");
  facts->may_bridge = MayBridge();
  facts->min_cpus = static_cast<uint32_t>(VZVirtualMachineConfiguration.minimumAllowedCPUCount);
  facts->max_cpus = static_cast<uint32_t>(VZVirtualMachineConfiguration.maximumAllowedCPUCount);
  facts->min_memory_bytes = VZVirtualMachineConfiguration.minimumAllowedMemorySize;
  facts->max_memory_bytes = VZVirtualMachineConfiguration.maximumAllowedMemorySize;
#if APPLEVZ_ARM64_API
  IF_APPLE_SILICON { ReadAppleSilicon(facts); }
#endif
  IF_MACOS(13) { facts->efi = true; }
  IF_MACOS(15) { facts->nested_virtualization = VZGenericPlatformConfiguration.nestedVirtualizationSupported; }
#if APPLEVZ_VMNET_API
  IF_MACOS(26) { facts->vmnet = true; }
#endif
}

}  // namespace

std::optional<HostFacts> ReadHostFacts(Failure *failure) {
  @autoreleasepool {
    HostFacts facts;
    std::optional<Failure> raised = Guarded([&] { Read(&facts); });
    if (!raised) return facts;
    *failure = std::move(*raised);
    return std::nullopt;
  }
}

std::optional<std::vector<BridgeInterface>> ReadBridgeInterfaces(Failure *failure) {
  @autoreleasepool {
    std::vector<BridgeInterface> found;
    std::optional<Failure> raised = Guarded([&] {
      if (!MayBridge()) return;
      for (VZBridgedNetworkInterface *one in VZBridgedNetworkInterface.networkInterfaces) {
        BridgeInterface interface;
        interface.identifier = FromNSString(one.identifier);
        if (one.localizedDisplayName != nil) interface.name = FromNSString(one.localizedDisplayName);
        found.push_back(std::move(interface));
      }
    });
    if (!raised) return found;
    *failure = std::move(*raised);
    return std::nullopt;
  }
}

void InstallRosetta(std::function<void(std::optional<Failure>)> done) {
  @autoreleasepool {
#if APPLEVZ_ARM64_API
    IF_APPLE_SILICON {
      IF_MACOS(13) {
        std::optional<Failure> raised = Guarded([&] {
          auto answer = done;
          [VZLinuxRosettaDirectoryShare installRosettaWithCompletionHandler:^(NSError *error) {
            std::optional<Failure> failure;
            std::optional<Failure> raisedHere = Guarded([&] {
              if (error != nil) failure = Describe(error);
            });
            answer(raisedHere ? raisedHere : failure);
          }];
        });
        if (raised) done(std::move(raised));
        return;
      }
    }
#endif
    done(OwnFailure(OwnCode::kUnsupported, "Rosetta for Linux guests needs Apple silicon and macOS 13 or newer."));
  }
}

}  // namespace applevz
