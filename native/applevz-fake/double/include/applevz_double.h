// What the double pretends, and what it has counted. Plain C; code compiled for the double has APPLEVZ_DOUBLE defined.
#pragma once

#include <js_native_api.h>

#ifdef __cplusplus
extern "C" {
#endif

// Whether the pretended macOS is at least `major.minor`: what `@available(macOS major.minor, *)` says on a Mac.
int applevz_double_os_at_least(int major, int minor);

// Whether the pretended Mac is Apple silicon: what `defined(__arm64__)` says on a Mac.
int applevz_double_is_arm64(void);

// The pretended macOS, such as "26.0.0". Lives as long as the process.
const char *applevz_double_os_version(void);

// The SDK that the addon pretends to be built with, such as "26.0". Lives as long as the process.
const char *applevz_double_sdk_version(void);

// Whether this process pretends to have an entitlement, by its full name.
int applevz_double_has_entitlement(const char *name);

// VZVirtualMachine objects that are alive now.
int applevz_double_live_machines(void);

// VZVirtualMachine objects that were ever made.
int applevz_double_made_machines(void);

// Uses of a machine, or of one of its devices, that were not on the machine's queue.
int applevz_double_off_queue_calls(void);

// NSExceptions that the double has raised.
int applevz_double_exceptions(void);

// Adds `double` to the exports of an addon: an object whose `counters()` tells the numbers above.
void applevz_double_export(napi_env env, napi_value exports);

#ifdef __cplusplus
}
#endif
