#pragma once

#import <Foundation/Foundation.h>

#include <sys/stat.h>

namespace applevz_double {

inline bool factsOf(NSURL *url, struct stat *facts) {
  return url != nil && stat(url.fileSystemRepresentation, facts) == 0;
}

inline bool isFile(NSURL *url) {
  struct stat facts;
  return factsOf(url, &facts) && S_ISREG(facts.st_mode);
}

inline bool isDirectory(NSURL *url) {
  struct stat facts;
  return factsOf(url, &facts) && S_ISDIR(facts.st_mode);
}

}  // namespace applevz_double
