// Apple's marks of availability: nothing to say to this compiler. What a macOS has is asked of applevz_double.h instead.
#pragma once

#define API_AVAILABLE(...)
#define API_UNAVAILABLE(...)
#define API_DEPRECATED(...)
#define API_DEPRECATED_WITH_REPLACEMENT(...)
