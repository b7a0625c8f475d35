// A real guest, run by QEMU: see src/guest-program.
#pragma once

#include "guest.h"

namespace applevz_double {

class QemuGuest final : public Guest {
 public:
  QemuGuest(GuestDescription, GuestEvents) {}
  void start(Done done) override { done("not there yet"); }
  void startFrom(const std::string &, uint64_t, Done done) override { done("not there yet"); }
  void pressPowerButton() override {}
  void suspend(Done done) override { done("not there yet"); }
  void resume(Done done) override { done("not there yet"); }
  void saveTo(const std::string &, Done done) override { done("not there yet"); }
  void connect(uint32_t, Connected done) override { done(-1, 0); }
  void end(std::function<void()> done) override { if (done) done(); }
};

}  // namespace applevz_double
