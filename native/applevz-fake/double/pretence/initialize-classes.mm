#include "initialize-classes.h"

#import <ObjFW/ObjFW.h>

#include <cstdlib>
#include <mutex>

namespace applevz_double {

void initializeClasses() {
  static std::once_flag once;
  std::call_once(once, [] {
    unsigned int count = 0;
    Class *classes = objc_copyClassList(&count);
    for (unsigned int i = 0; i < count; i++) (void)[classes[i] class];
    free(classes);
  });
}

}  // namespace applevz_double
