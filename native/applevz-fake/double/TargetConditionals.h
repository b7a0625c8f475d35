// Conditionals of Apple's platforms. The double is a Mac to the code that it is there for.
#pragma once

#define TARGET_OS_MAC 1
#define TARGET_OS_OSX 1
#define TARGET_OS_IPHONE 0
