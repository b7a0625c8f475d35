#include "sockets.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace applevz {

namespace {

// The framework asks for a receive buffer of at least twice the send buffer, better four times: with less, a burst of frames is lost.
constexpr int kSendBuffer = 1024 * 1024;
constexpr int kReceiveBuffer = 4 * kSendBuffer;

struct Named {
  int number;
  const char *code;
};

// What the calls below can fail with; POSIX has no function that names an error.
constexpr Named kCodes[] = {
    {EACCES, "EACCES"},           {EADDRINUSE, "EADDRINUSE"},     {ECONNREFUSED, "ECONNREFUSED"},
    {EINVAL, "EINVAL"},           {EIO, "EIO"},                   {ELOOP, "ELOOP"},
    {EMFILE, "EMFILE"},           {ENAMETOOLONG, "ENAMETOOLONG"}, {ENFILE, "ENFILE"},
    {ENOBUFS, "ENOBUFS"},         {ENOENT, "ENOENT"},             {ENOMEM, "ENOMEM"},
    {ENOSPC, "ENOSPC"},           {ENOTDIR, "ENOTDIR"},           {ENOTSOCK, "ENOTSOCK"},
    {EPERM, "EPERM"},             {EPROTOTYPE, "EPROTOTYPE"},     {EROFS, "EROFS"},
};

SystemError Error(int number, const char *syscall, std::string path = {}) {
  SystemError error{number, "E" + std::to_string(number), syscall, std::move(path)};
  for (const Named &one : kCodes) {
    if (one.number == number) error.code = one.code;
  }
  return error;
}

bool CloseOnExec(int fd) {
  return fcntl(fd, F_SETFD, FD_CLOEXEC) == 0;
}

bool SizeBuffers(int fd) {
  return setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &kSendBuffer, sizeof kSendBuffer) == 0 &&
         setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &kReceiveBuffer, sizeof kReceiveBuffer) == 0;
}

// Closes both, and says why.
SystemError Discard(int (&fds)[2], const char *syscall) {
  SystemError error = Error(errno, syscall);
  for (int &fd : fds) {
    close(fd);
    fd = -1;
  }
  return error;
}

bool Address(const std::string &path, sockaddr_un *address) {
  std::memset(address, 0, sizeof *address);
  address->sun_family = AF_UNIX;
  if (path.size() >= sizeof address->sun_path) return false;
  std::memcpy(address->sun_path, path.c_str(), path.size() + 1);
  return true;
}

const sockaddr *Generic(const sockaddr_un &address) {
  return reinterpret_cast<const sockaddr *>(&address);
}

}  // namespace

std::string SystemError::message() const {
  return code + ": " + std::strerror(number) + ", " + syscall + (path.empty() ? "" : " '" + path + "'");
}

std::optional<SystemError> MakeDatagramPair(int (&fds)[2]) {
  if (socketpair(AF_UNIX, SOCK_DGRAM, 0, fds) != 0) return Error(errno, "socketpair");
  for (int fd : fds) {
    if (!CloseOnExec(fd)) return Discard(fds, "fcntl");
    if (!SizeBuffers(fd)) return Discard(fds, "setsockopt");
  }
  return std::nullopt;
}

std::optional<SystemError> ConnectDatagram(const std::string &remote, const std::string &local, int *fd) {
  sockaddr_un here;
  sockaddr_un there;
  if (!Address(local, &here)) return Error(ENAMETOOLONG, "bind", local);
  if (!Address(remote, &there)) return Error(ENAMETOOLONG, "connect", remote);
  int made = socket(AF_UNIX, SOCK_DGRAM, 0);
  if (made < 0) return Error(errno, "socket");
  std::optional<SystemError> error;
  bool bound = false;
  if (!CloseOnExec(made)) {
    error = Error(errno, "fcntl");
  } else if (!SizeBuffers(made)) {
    error = Error(errno, "setsockopt");
  } else if (bind(made, Generic(here), sizeof here) != 0) {
    error = Error(errno, "bind", local);
  } else {
    bound = true;
    if (connect(made, Generic(there), sizeof there) != 0) error = Error(errno, "connect", remote);
  }
  if (error) {
    close(made);
    if (bound) unlink(local.c_str());
    return error;
  }
  *fd = made;
  return std::nullopt;
}

std::optional<SystemError> MakePipe(int (&fds)[2]) {
  if (pipe(fds) != 0) return Error(errno, "pipe");
  for (int fd : fds) {
    if (!CloseOnExec(fd)) return Discard(fds, "fcntl");
  }
  return std::nullopt;
}

}  // namespace applevz
