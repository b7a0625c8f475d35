// From a configuration to what runs a guest.
#pragma once

#import <Virtualization/Virtualization.h>

#include <memory>
#include <string>

#include "guest/guest.h"

namespace applevz_double {

// The machine of a configuration, without its console.
GuestDescription describe(VZVirtualMachineConfiguration *configuration);

// The identifier of the configuration's platform, in hexadecimal digits.
std::string identifierOf(VZVirtualMachineConfiguration *configuration);

// What two configurations must have in common for one to continue the other's saved state.
std::string fingerprintOf(VZVirtualMachineConfiguration *configuration);

// Scripted, or run by QEMU, as the settings say.
std::shared_ptr<Guest> makeGuest(GuestDescription description, GuestEvents events);

}  // namespace applevz_double
