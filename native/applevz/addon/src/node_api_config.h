// Node-API's C++ face, set up for this addon. Included in the place of <napi.h>.
#pragma once

// In a worker that is being terminated every call fails, and its error cannot be thrown: that is the end of the worker, and not of the process.
#define NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS

#include <napi.h>
