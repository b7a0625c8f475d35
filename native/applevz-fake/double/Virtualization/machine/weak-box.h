// A weak reference that one thread may hand to another.
#pragma once

#include <memory>

namespace applevz_double {

// To be loaded on the machine's queue only, where machines are let go of. ObjFW's runtime copies a weak reference by retaining for a moment, and so lets an object that another thread is just deallocating be
// deallocated a second time; the box is copied in its place.
template <typename T>
class WeakBox {
 public:
  explicit WeakBox(T *object) : object_(object) {}
  T *load() const { return object_; }

 private:
  __weak T *object_;
};

template <typename T>
std::shared_ptr<const WeakBox<T>> weakly(T *object) {
  return std::make_shared<const WeakBox<T>>(object);
}

}  // namespace applevz_double
