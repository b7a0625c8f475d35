// Starting the program that runs QEMU.
#pragma once

#include <string>
#include <vector>

#include "guest.h"

namespace applevz_double {

// The machine in the form of src/guest-program/description.ts. Sockets of networks are told by the numbers that they have in the program.
std::string describeInJson(const GuestDescription &description);

// The descriptors that the program gets, from 3 on: the control socket, the console, and those of networks. False when it cannot be started. It is waited for by a thread of its own.
bool spawnGuestProgram(const GuestDescription &description, int control, int console);

}  // namespace applevz_double
