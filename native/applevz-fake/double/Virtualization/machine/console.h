// The descriptors of a machine's first serial port while it runs.
#pragma once

#import <Virtualization/Virtualization.h>

namespace applevz_double {

class Console {
 public:
  Console() = default;
  ~Console() { close(); }
  Console(const Console &) = delete;
  Console &operator=(const Console &) = delete;

  // False when the file of the port cannot be opened.
  bool open(VZVirtualMachineConfiguration *configuration);
  void close();

  // -1 without one.
  int output() const { return output_; }
  int input() const { return input_; }

 private:
  int output_ = -1;
  int input_ = -1;
};

}  // namespace applevz_double
