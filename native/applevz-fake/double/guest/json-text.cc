#include "json-text.h"

#include <cstdio>
#include <cstdlib>

namespace applevz_double {

std::string jsonString(const std::string &text) {
  std::string quoted = "\"";
  for (char one : text) {
    if (one == '"' || one == '\\') quoted.push_back('\\');
    if (static_cast<unsigned char>(one) < 0x20) {
      char escape[8];
      snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(one));
      quoted += escape;
    } else {
      quoted.push_back(one);
    }
  }
  return quoted + "\"";
}

std::string jsonStringOrNull(const std::string &text) {
  return text.empty() ? "null" : jsonString(text);
}

std::string jsonStringMember(const std::string &line, const std::string &name) {
  const std::string key = "\"" + name + "\":\"";
  size_t at = line.find(key);
  if (at == std::string::npos) return "";
  std::string value;
  for (at += key.size(); at < line.size() && line[at] != '"'; at++) {
    // Of escapes, words of QEMU have quotes, backslashes and line ends.
    if (line[at] == '\\' && at + 1 < line.size()) {
      at++;
      value.push_back(line[at] == 'n' ? '\n' : line[at]);
    } else {
      value.push_back(line[at]);
    }
  }
  return value;
}

long jsonNumberMember(const std::string &line, const std::string &name) {
  const std::string key = "\"" + name + "\":";
  size_t at = line.find(key);
  return at == std::string::npos ? -1 : strtol(line.c_str() + at + key.size(), nullptr, 10);
}

}  // namespace applevz_double
