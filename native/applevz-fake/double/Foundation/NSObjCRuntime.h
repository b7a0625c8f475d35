// Names of Foundation for classes and types that ObjFW has under its own.
#pragma once

#import <ObjFW/ObjFW.h>

#include <Availability.h>
#include <TargetConditionals.h>
#include <stdint.h>

// NSArray, NSDictionary and NSNumber are aliases in ObjFW itself; NSString is a class there that only declares, so it takes a macro.
#define NSString OFString
#define NSCopying OFCopying

@compatibility_alias NSObject OFObject;
@compatibility_alias NSMutableArray OFMutableArray;
@compatibility_alias NSMutableDictionary OFMutableDictionary;
@compatibility_alias NSData OFData;

@protocol NSObject <OFObject>
@end

typedef unsigned long NSUInteger;
typedef long NSInteger;

#define NSUIntegerMax ULONG_MAX
#define NSIntegerMax LONG_MAX
#define NSNotFound NSIntegerMax

#define NS_ASSUME_NONNULL_BEGIN _Pragma("clang assume_nonnull begin")
#define NS_ASSUME_NONNULL_END _Pragma("clang assume_nonnull end")
#define NS_ENUM(type, name) \
  enum name : type name;    \
  enum name : type
#define NS_ERROR_ENUM(domain, name) \
  enum name : NSInteger name;       \
  enum name : NSInteger
#define NS_OPTIONS(type, name) \
  enum name : type name;       \
  enum name : type
#define NS_UNAVAILABLE __attribute__((unavailable))
#define NS_DESIGNATED_INITIALIZER __attribute__((objc_designated_initializer))
#define NS_REQUIRES_SUPER __attribute__((objc_requires_super))
#define NS_RETURNS_RETAINED __attribute__((ns_returns_retained))
#define NS_SWIFT_NAME(name)
#define NS_REFINED_FOR_SWIFT
#define NS_SWIFT_SENDABLE
#define FOUNDATION_EXPORT extern "C"

// Writes a line to stderr.
FOUNDATION_EXPORT void NSLog(OFConstantString *_Nonnull format, ...);
