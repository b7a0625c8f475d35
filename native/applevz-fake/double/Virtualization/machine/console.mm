#include "console.h"

#include <fcntl.h>
#include <unistd.h>

namespace applevz_double {
namespace {

int duplicateOf(NSFileHandle *handle) {
  return handle == nil ? -1 : fcntl(handle.fileDescriptor, F_DUPFD_CLOEXEC, 0);
}

}  // namespace

bool Console::open(VZVirtualMachineConfiguration *configuration) {
  close();
  VZSerialPortAttachment *attachment = configuration.serialPorts.firstObject.attachment;
  if ([attachment isKindOfClass:[VZFileSerialPortAttachment class]]) {
    auto *file = (VZFileSerialPortAttachment *)attachment;
    output_ = ::open(file.URL.fileSystemRepresentation, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    return output_ >= 0;
  }
  if ([attachment isKindOfClass:[VZFileHandleSerialPortAttachment class]]) {
    auto *handles = (VZFileHandleSerialPortAttachment *)attachment;
    output_ = duplicateOf(handles.fileHandleForWriting);
    input_ = duplicateOf(handles.fileHandleForReading);
  }
  return true;
}

void Console::close() {
  if (output_ >= 0) ::close(output_);
  if (input_ >= 0) ::close(input_);
  output_ = -1;
  input_ = -1;
}

}  // namespace applevz_double
