#import "configuration.h"
#import "foundation.h"

namespace applevz {

namespace {

VZDiskImageCachingMode ToFramework(Caching caching) {
  switch (caching) {
    case Caching::kAutomatic:
      return VZDiskImageCachingModeAutomatic;
    case Caching::kUncached:
      return VZDiskImageCachingModeUncached;
    case Caching::kCached:
      return VZDiskImageCachingModeCached;
  }
}

VZDiskImageSynchronizationMode ToFramework(Synchronization synchronization) {
  switch (synchronization) {
    case Synchronization::kFull:
      return VZDiskImageSynchronizationModeFull;
    case Synchronization::kFsync:
      return VZDiskImageSynchronizationModeFsync;
    case Synchronization::kNone:
      return VZDiskImageSynchronizationModeNone;
  }
}

}  // namespace

std::optional<Failure> ConfigureDisks(const std::vector<DiskSpec> &specs, VZVirtualMachineConfiguration *machine) {
  NSMutableArray<VZStorageDeviceConfiguration *> *disks = [NSMutableArray array];
  for (const DiskSpec &spec : specs) {
    NSError *error = nil;
    VZDiskImageStorageDeviceAttachment *attachment =
        [[VZDiskImageStorageDeviceAttachment alloc] initWithURL:FileUrl(spec.path)
                                                       readOnly:spec.read_only
                                                    cachingMode:ToFramework(spec.caching)
                                            synchronizationMode:ToFramework(spec.synchronization)
                                                          error:&error];
    if (attachment == nil) return Describe(error);
    VZVirtioBlockDeviceConfiguration *disk =
        [[VZVirtioBlockDeviceConfiguration alloc] initWithAttachment:attachment];
    disk.blockDeviceIdentifier = ToNSString(spec.identifier);
    [disks addObject:disk];
  }
  machine.storageDevices = disks;
  return std::nullopt;
}

}  // namespace applevz
