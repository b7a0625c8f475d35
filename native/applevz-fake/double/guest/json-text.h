// As much of JSON as the guest program is talked to in.
#pragma once

#include <string>

namespace applevz_double {

// A string with its quotes.
std::string jsonString(const std::string &text);
// The same, or `null` for an empty one.
std::string jsonStringOrNull(const std::string &text);

// The value of a string member of an object in one line; empty without one, and for null.
std::string jsonStringMember(const std::string &line, const std::string &name);
// The value of a member that is a number; -1 without one.
long jsonNumberMember(const std::string &line, const std::string &name);

}  // namespace applevz_double
