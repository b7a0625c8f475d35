// A weak reference to a machine that one thread may hand to another.
#pragma once

#import <Virtualization/VZVirtualMachine.h>

#include <memory>

namespace applevz_double {

// To be loaded on the machine's queue only, where machines are let go of. ObjFW's runtime copies a weak reference by retaining for a moment, and so lets an object that another thread is just deallocating be
// deallocated a second time; the box is copied in its place. No template: of a dependent type clang makes `__weak` a strong reference.
class WeakMachine {
 public:
  explicit WeakMachine(VZVirtualMachine *machine) : machine_(machine) {}
  VZVirtualMachine *load() const { return machine_; }

 private:
  __weak VZVirtualMachine *machine_;
};

inline std::shared_ptr<const WeakMachine> weakly(VZVirtualMachine *machine) {
  return std::make_shared<const WeakMachine>(machine);
}

}  // namespace applevz_double
