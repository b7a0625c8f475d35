// The file of a saved machine: a line that says what it is, a line with the fingerprint of its configuration, and the guest's state.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace applevz_double {

// Makes the file. What is wrong, such as "No space left on device"; empty when nothing is.
std::string beginSavedState(const std::string &path, const std::string &fingerprint);

// Where the guest's state begins in the file; nothing when the file is no saved state of a machine with that fingerprint.
std::optional<uint64_t> offsetOfGuestState(const std::string &path, const std::string &fingerprint);

}  // namespace applevz_double
