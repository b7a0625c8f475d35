// A guest that is played: it says what a kernel and the init of `@vmrs/guest` say, and obeys the same hooks in the kernel command line as the scripted guest of
// `@vmrs/testkit`'s stand-in for Cloud Hypervisor: `vmrs.test=` with `no-marker`, `ignore-power-button`, `panic`, `panic-after-ready`, `poweroff-after-ready`, `power-off`,
// `reboot-once`, `late-marker`, separated by commas. Of itself it gives back frames on its sockets of networks, and lines on its console.
#pragma once

#include <set>

#include "event-loop.h"
#include "guest.h"
#include "vsock-services.h"

namespace applevz_double {

class ScriptedGuest final : public Guest, public std::enable_shared_from_this<ScriptedGuest> {
 public:
  ScriptedGuest(GuestDescription description, GuestEvents events);

  void start(Done done) override;
  void startFrom(const std::string &path, uint64_t offset, Done done) override;
  void pressPowerButton() override;
  void suspend(Done done) override;
  void resume(Done done) override;
  void saveTo(const std::string &path, Done done) override;
  void connect(uint32_t port, Connected done) override;
  void end(std::function<void()> done) override;

 private:
  struct Step {
    unsigned afterMs;
    std::function<void()> act;
  };

  bool has(const char *hook) const { return hooks_.count(hook) != 0; }
  void boot();
  std::vector<Step> script();
  void goOn();
  void stopScript();
  void print(const std::string &line);
  void panic();
  void reset();
  void powerOff();
  void serveConsole();
  void serveNetworks();

  const GuestDescription description_;
  const GuestEvents events_;
  const std::set<std::string> hooks_;
  const std::shared_ptr<EventLoop> loop_;
  VsockServices services_;
  std::vector<Step> steps_;
  size_t next_ = 0;
  unsigned boots_ = 0;
  unsigned connections_ = 0;
  uint64_t timer_ = 0;
  bool suspended_ = false;
  bool ended_ = false;
};

}  // namespace applevz_double
