// Descriptors that Node.js cannot make itself. All are closed on exec. Plain C++.
#pragma once

#include <optional>
#include <string>

namespace applevz {

struct SystemError {
  int number = 0;
  // As Node.js has it in `code`, such as EADDRINUSE.
  std::string code;
  std::string syscall;
  // What it was about, or empty.
  std::string path;

  std::string message() const;
};

// Two connected datagram sockets with buffers for a NIC.
std::optional<SystemError> MakeDatagramPair(int (&fds)[2]);

// A datagram socket that is bound to `local`, which must not exist, and connected to `remote`; its buffers are for a NIC. Leaves nothing at `local` when it fails.
std::optional<SystemError> ConnectDatagram(const std::string &remote, const std::string &local, int *fd);

// The end to read from, and the end to write to.
std::optional<SystemError> MakePipe(int (&fds)[2]);

}  // namespace applevz
