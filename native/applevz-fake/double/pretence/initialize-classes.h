#pragma once

namespace applevz_double {

// Lets every class that there is initialize itself, once. ObjFW's runtime does that when a class is first used, and not soundly when several threads, such as workers, use one first.
void initializeClasses();

}  // namespace applevz_double
