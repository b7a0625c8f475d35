// What libdispatch does not tell, and the double's own checks need.
#pragma once

#import <dispatch/dispatch.h>

namespace applevz_double {

bool isOnQueue(dispatch_queue_t queue);

}  // namespace applevz_double
