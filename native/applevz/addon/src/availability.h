// What this macOS, this processor and the SDK of the build offer. Of Objective-C++ files only.
//
// Of macOS 13 the whole API is taken for granted: it is the deployment target, and no machine is made on an older one.
#pragma once

#include <Availability.h>

#if defined(APPLEVZ_DOUBLE)

#include <applevz_double.h>
// The double pretends any macOS and either processor, where a Mac's compiler decides or `@available` asks.
#define APPLEVZ_SDK 260000
#define APPLEVZ_ARM64_API 1
#define IF_MACOS(major) if (applevz_double_os_at_least(major, 0))
#define IF_APPLE_SILICON if (applevz_double_is_arm64())

#else

// A check of these sources against an older SDK declares what that lacks, and says so by defining this.
#if !defined(APPLEVZ_SDK)
#define APPLEVZ_SDK __MAC_OS_X_VERSION_MAX_ALLOWED
#endif
#if APPLEVZ_SDK < 150000
#error "The SDK of macOS 15 or newer is needed: update Xcode or its Command Line Tools."
#endif
// Save, restore and Rosetta are in the headers for Apple silicon only; `@available` alone would not compile for Intel.
#if defined(__arm64__)
#define APPLEVZ_ARM64_API 1
#else
#define APPLEVZ_ARM64_API 0
#endif
#define IF_MACOS(major) if (@available(macOS major, *))
#define IF_APPLE_SILICON if (APPLEVZ_ARM64_API)

#endif

// vmnet networks as objects came with the SDK of macOS 26.
#define APPLEVZ_VMNET_API (APPLEVZ_SDK >= 260000)
