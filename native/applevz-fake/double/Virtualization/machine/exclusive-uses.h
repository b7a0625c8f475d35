// What a running machine has for itself, against machines of other processes too.
#pragma once

#include <string>
#include <vector>

namespace applevz_double {

class ExclusiveUses {
 public:
  ExclusiveUses() = default;
  ExclusiveUses(ExclusiveUses &&other) noexcept;
  ExclusiveUses &operator=(ExclusiveUses &&other) noexcept;
  ~ExclusiveUses();

  // False when another machine uses the image; several may read it.
  bool takeDisk(const std::string &path, bool readOnly);
  // False when another machine with that identifier runs.
  bool takeIdentifier(const std::string &hexDigits);
  void letGo();

 private:
  bool lock(const std::string &path, int flags, int operation);

  std::vector<int> descriptors_;
};

}  // namespace applevz_double
