#import <Foundation/Foundation.h>

#include <cstdarg>

#include "counters.h"

NSExceptionName const NSGenericException = @"NSGenericException";
NSExceptionName const NSInvalidArgumentException = @"NSInvalidArgumentException";
NSExceptionName const NSInternalInconsistencyException = @"NSInternalInconsistencyException";

@implementation NSException

+ (instancetype)exceptionWithName:(NSExceptionName)name reason:(NSString *)reason userInfo:(NSDictionary *)userInfo {
  NSException *made = [[self alloc] init];
  made->_name = [name copy];
  made->_reason = [reason copy];
  made->_userInfo = userInfo;
  return made;
}

+ (void)raise:(NSExceptionName)name format:(OFConstantString *)format, ... {
  va_list arguments;
  va_start(arguments, format);
  NSString *reason = [[NSString alloc] initWithFormat:format arguments:arguments];
  va_end(arguments);
  [[self exceptionWithName:name reason:reason userInfo:nil] raise];
}

- (void)raise {
  applevz_double::counters().exceptions++;
  @throw self;
}

- (NSString *)description {
  return [NSString stringWithFormat:@"%@: %@", _name, _reason];
}

@end
