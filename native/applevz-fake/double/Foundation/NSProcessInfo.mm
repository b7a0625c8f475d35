#import <Foundation/Foundation.h>

#include <cstdio>

#include "applevz_double.h"

@implementation NSProcessInfo

+ (NSProcessInfo *)processInfo {
  return [[self alloc] init];
}

- (NSOperatingSystemVersion)operatingSystemVersion {
  NSOperatingSystemVersion version = {0, 0, 0};
  sscanf(applevz_double_os_version(), "%ld.%ld.%ld", &version.majorVersion, &version.minorVersion,
         &version.patchVersion);
  return version;
}

- (BOOL)isOperatingSystemAtLeastVersion:(NSOperatingSystemVersion)wanted {
  NSOperatingSystemVersion have = self.operatingSystemVersion;
  if (have.majorVersion != wanted.majorVersion) return have.majorVersion > wanted.majorVersion;
  if (have.minorVersion != wanted.minorVersion) return have.minorVersion > wanted.minorVersion;
  return have.patchVersion >= wanted.patchVersion;
}

@end
