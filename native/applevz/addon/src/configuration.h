// From a specification to the framework's configuration. Of Objective-C++ files only.
#pragma once

#import <Virtualization/Virtualization.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "failure.h"
#include "machine_spec.h"

NS_ASSUME_NONNULL_BEGIN

namespace applevz {

struct Configuration {
  VZVirtualMachineConfiguration *_Nullable machine = nil;
  // The machine identifier's opaque bytes.
  std::optional<std::string> machine_id;
  // What has to live as long as the machine, and the framework may not retain.
  std::vector<std::shared_ptr<void>> keepers;
};

// Everything that follows may raise, and answers a failure or fills `out`.

// The whole, validated by the framework.
std::optional<Failure> Configure(const MachineSpec &spec, Configuration *out);

// Its devices, one kind each.
std::optional<Failure> ConfigureDisks(const std::vector<DiskSpec> &specs, VZVirtualMachineConfiguration *machine);
std::optional<Failure> ConfigureNetworks(const std::vector<NetworkSpec> &specs, Configuration *out);
std::optional<Failure> ConfigureShares(const std::vector<ShareSpec> &specs, VZVirtualMachineConfiguration *machine);
std::optional<Failure> ConfigureSerial(const MachineSpec &spec, VZVirtualMachineConfiguration *machine);

// An attachment to a vmnet network of its own, kept by `out`; nil with `failure` set where there is none to be had.
VZNetworkDeviceAttachment *_Nullable AttachToVmnet(bool host_only, Configuration *out, std::optional<Failure> *failure);

// A handle on a duplicate of `fd`, which it closes; nil with `failure` set when the system refuses.
NSFileHandle *_Nullable DuplicateToHandle(int fd, std::optional<Failure> *failure);

}  // namespace applevz

NS_ASSUME_NONNULL_END
