#import <CoreFoundation/CoreFoundation.h>

// The runtime's own, by which ARC counts too.
extern "C" id objc_retain(id object);
extern "C" void objc_release(id object);

namespace {
const CFTypeID kOther = 1;
const CFTypeID kBoolean = 2;
const CFTypeID kString = 3;
}  // namespace

CFTypeRef CFRetain(CFTypeRef object) {
  objc_retain((__bridge id)object);
  return object;
}

void CFRelease(CFTypeRef object) {
  objc_release((__bridge id)object);
}

CFTypeID CFGetTypeID(CFTypeRef object) {
  id one = (__bridge id)object;
  if ([one isKindOfClass:[NSNumber class]]) return kBoolean;
  if ([one isKindOfClass:[NSString class]]) return kString;
  return kOther;
}

CFTypeID CFBooleanGetTypeID() {
  return kBoolean;
}

CFTypeID CFStringGetTypeID() {
  return kString;
}

Boolean CFBooleanGetValue(CFBooleanRef boolean) {
  return [(__bridge NSNumber *)boolean boolValue];
}

Boolean CFEqual(CFTypeRef one, CFTypeRef other) {
  return [(__bridge id)one isEqual:(__bridge id)other];
}
