// Plain C++.
#pragma once

#include "arguments.h"
#include "machine_spec.h"

namespace applevz {

// A `MachineSpec` of addon.ts; of use only if `arguments.ok()` afterwards.
MachineSpec ReadMachineSpec(Arguments &arguments, const Argument &spec);

}  // namespace applevz
