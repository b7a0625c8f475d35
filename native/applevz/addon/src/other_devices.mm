#include <fcntl.h>

#include <cerrno>

#include "availability.h"
#import "configuration.h"
#import "foundation.h"

namespace applevz {

namespace {

using Problem = std::optional<Failure>;

VZDirectoryShare *ToFramework(const DirectoryShare &share, Problem *) {
  VZSharedDirectory *directory =
      [[VZSharedDirectory alloc] initWithURL:DirectoryUrl(share.path) readOnly:share.read_only];
  return [[VZSingleDirectoryShare alloc] initWithDirectory:directory];
}

VZDirectoryShare *ToFramework(const RosettaShare &, Problem *problem) {
#if APPLEVZ_ARM64_API
  IF_APPLE_SILICON {
    NSError *error = nil;
    VZLinuxRosettaDirectoryShare *share = [[VZLinuxRosettaDirectoryShare alloc] initWithError:&error];
    if (share == nil) *problem = Describe(error);
    return share;
  }
#endif
  *problem = OwnFailure(OwnCode::kUnsupported, "Rosetta for Linux guests needs Apple silicon.");
  return nil;
}

VZSerialPortAttachment *Attach(const std::monostate &, Problem *) {
  return nil;
}

VZSerialPortAttachment *Attach(const SerialFile &file, Problem *problem) {
  NSError *error = nil;
  VZFileSerialPortAttachment *attachment =
      [[VZFileSerialPortAttachment alloc] initWithURL:FileUrl(file.path) append:YES error:&error];
  if (attachment == nil) *problem = Describe(error);
  return attachment;
}

VZSerialPortAttachment *Attach(const SerialFds &fds, Problem *problem) {
  NSFileHandle *input = nil;
  if (fds.input) {
    input = DuplicateToHandle(*fds.input, problem);
    if (input == nil) return nil;
  }
  NSFileHandle *output = DuplicateToHandle(fds.output, problem);
  if (output == nil) return nil;
  return [[VZFileHandleSerialPortAttachment alloc] initWithFileHandleForReading:input fileHandleForWriting:output];
}

}  // namespace

NSFileHandle *DuplicateToHandle(int fd, Problem *problem) {
  int duplicate = fcntl(fd, F_DUPFD_CLOEXEC, 0);
  if (duplicate < 0) {
    *problem = SystemFailure(errno, "The descriptor " + std::to_string(fd) + " cannot be used");
    return nil;
  }
  return [[NSFileHandle alloc] initWithFileDescriptor:duplicate closeOnDealloc:YES];
}

std::optional<Failure> ConfigureShares(const std::vector<ShareSpec> &specs, VZVirtualMachineConfiguration *machine) {
  NSMutableArray<VZDirectorySharingDeviceConfiguration *> *devices = [NSMutableArray array];
  for (const ShareSpec &spec : specs) {
    NSString *tag = ToNSString(spec.tag);
    NSError *error = nil;
    if (![VZVirtioFileSystemDeviceConfiguration validateTag:tag error:&error]) return Describe(error);
    Problem problem;
    VZDirectoryShare *share =
        std::visit([&](const auto &one) { return ToFramework(one, &problem); }, spec.share);
    if (share == nil) {
      return problem ? problem : OwnFailure(OwnCode::kRefused, "The framework made no share " + spec.tag + ".");
    }
    VZVirtioFileSystemDeviceConfiguration *device = [[VZVirtioFileSystemDeviceConfiguration alloc] initWithTag:tag];
    device.share = share;
    [devices addObject:device];
  }
  machine.directorySharingDevices = devices;
  return std::nullopt;
}

std::optional<Failure> ConfigureSerial(const MachineSpec &spec, VZVirtualMachineConfiguration *machine) {
  if (std::holds_alternative<std::monostate>(spec.serial)) return std::nullopt;
  Problem problem;
  VZSerialPortAttachment *attachment =
      std::visit([&](const auto &one) { return Attach(one, &problem); }, spec.serial);
  if (attachment == nil) {
    return problem ? problem : OwnFailure(OwnCode::kRefused, "The framework made no attachment for the serial port.");
  }
  VZVirtioConsoleDeviceSerialPortConfiguration *port = [[VZVirtioConsoleDeviceSerialPortConfiguration alloc] init];
  port.attachment = attachment;
  machine.serialPorts = @[ port ];
  return std::nullopt;
}

}  // namespace applevz
