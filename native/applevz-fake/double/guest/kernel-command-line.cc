#include "kernel-command-line.h"

#include <sstream>

namespace applevz_double {

std::string parameterOf(const std::string &cmdline, const std::string &name) {
  std::stringstream words(cmdline);
  std::string value;
  for (std::string word; words >> word;) {
    if (word.compare(0, name.size() + 1, name + "=") == 0) value = word.substr(name.size() + 1);
  }
  return value;
}

std::set<std::string> hooksOf(const std::string &cmdline) {
  std::stringstream list(parameterOf(cmdline, "vmrs.test"));
  std::set<std::string> hooks;
  for (std::string hook; std::getline(list, hook, ',');) hooks.insert(hook);
  return hooks;
}

}  // namespace applevz_double
