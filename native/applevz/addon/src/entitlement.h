// Plain C++.
#pragma once

namespace applevz {

// Whether this process has the entitlement `name`, of the boolean kind. Only those of the main executable count.
bool HasEntitlement(const char *name);

}  // namespace applevz
