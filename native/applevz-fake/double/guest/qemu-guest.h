// A real guest, run by QEMU: a program in TypeScript, src/guest-program, runs that, and is told what to do over a socket.
#pragma once

#include <map>

#include "event-loop.h"
#include "guest.h"

namespace applevz_double {

class QemuGuest final : public Guest, public std::enable_shared_from_this<QemuGuest> {
 public:
  QemuGuest(GuestDescription description, GuestEvents events);
  ~QemuGuest() override;

  void start(Done done) override;
  void startFrom(const std::string &path, uint64_t offset, Done done) override;
  void pressPowerButton() override;
  void suspend(Done done) override;
  void resume(Done done) override;
  void saveTo(const std::string &path, Done done) override;
  // There is no way from here to a vsock of QEMU without the kernel's help: nothing listens.
  void connect(uint32_t port, Connected done) override;
  void end(std::function<void()> done) override;

 private:
  void begin(const std::string &request, Done done);
  bool spawnProgram();
  void ask(const std::string &request, Done done);
  // The same in any thread.
  void askFromOutside(const std::string &request, Done done);
  void readControl();
  void take(const std::string &line);
  void passConsoleOutput();
  void passConsoleInput();
  void leave();

  const GuestDescription description_;
  const GuestEvents events_;
  const std::shared_ptr<EventLoop> loop_;
  int control_ = -1;
  int console_ = -1;
  std::string unread_;
  std::map<unsigned, Done> asked_;
  unsigned lastId_ = 0;
  bool over_ = false;
  std::function<void()> ended_;
};

}  // namespace applevz_double
