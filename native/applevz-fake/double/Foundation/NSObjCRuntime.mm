#import <Foundation/Foundation.h>

#include <cstdarg>
#include <cstdio>

void NSLog(OFConstantString *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  OFString *text = [[OFString alloc] initWithFormat:format arguments:arguments];
  va_end(arguments);
  fprintf(stderr, "%s\n", text.UTF8String);
}
