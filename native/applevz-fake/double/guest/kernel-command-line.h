#pragma once

#include <set>
#include <string>

namespace applevz_double {

// The value of the last `name=value`; empty without one.
std::string parameterOf(const std::string &cmdline, const std::string &name);

// The words of `vmrs.test=`.
std::set<std::string> hooksOf(const std::string &cmdline);

}  // namespace applevz_double
