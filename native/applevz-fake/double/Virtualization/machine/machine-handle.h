// How other threads refer to a machine.
#pragma once

#include <memory>

@class VZVirtualMachine;

namespace applevz_double {

// Read on the machine's queue only, where machines are let go of, and cleared by the machine's end. Not a weak reference: ObjFW's runtime copies one by retaining for a moment, and so lets an object that
// another thread is just deallocating be deallocated a second time.
struct MachineHandle {
  __unsafe_unretained VZVirtualMachine *machine;
};

}  // namespace applevz_double
