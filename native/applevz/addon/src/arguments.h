// Values of JavaScript, checked. Plain C++.
#pragma once

#include "node_api_config.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace applevz {

// A value, and what to call it in a message: `spec.disks[0].path`.
struct Argument {
  Napi::Value value;
  std::string name;
};

// Reads arguments until one is wrong: that one throws a TypeError that names it, and everything after answers something harmless. So a reader reads on, and asks `ok()` at its end.
class Arguments {
 public:
  explicit Arguments(Napi::Env env) : env_(env) {}

  bool ok() const { return ok_; }
  // Says what is wrong with `argument`: "must be ...".
  void Refuse(const Argument &argument, const std::string &what);

  Argument Member(const Argument &object, const char *key);
  Argument Item(const Argument &array, uint32_t index);
  // The length of what must be an array.
  uint32_t Length(const Argument &array);
  bool IsNull(const Argument &argument) const;

  bool Flag(const Argument &argument);
  // Whole, from `min` to `max`, which are exact as JavaScript's numbers.
  uint64_t Whole(const Argument &argument, uint64_t min, uint64_t max);
  // Without a null character, which would cut it for the system.
  std::string Text(const Argument &argument);
  std::string NonEmptyText(const Argument &argument);
  std::string AbsolutePath(const Argument &argument);
  std::string Bytes(const Argument &argument);
  Napi::Function Function(const Argument &argument);

  // Its place among `words`.
  template <size_t N>
  size_t Word(const Argument &argument, const std::array<const char *, N> &words) {
    std::string text = Text(argument);
    std::string all;
    for (size_t i = 0; i < N; i++) {
      if (text == words[i]) return i;
      all += std::string(i == 0 ? "" : ", ") + "'" + words[i] + "'";
    }
    Refuse(argument, "must be one of " + all);
    return 0;
  }

 private:
  Napi::Env env_;
  bool ok_ = true;
};

}  // namespace applevz
