#pragma once

#import <Foundation/NSObjCRuntime.h>

NS_ASSUME_NONNULL_BEGIN

typedef NSString *NSExceptionName;

FOUNDATION_EXPORT NSExceptionName const NSGenericException;
FOUNDATION_EXPORT NSExceptionName const NSInvalidArgumentException;
FOUNDATION_EXPORT NSExceptionName const NSInternalInconsistencyException;

// Each one that is raised is counted; see applevz_double_exceptions.
@interface NSException : NSObject
+ (instancetype)exceptionWithName:(NSExceptionName)name
                           reason:(nullable NSString *)reason
                         userInfo:(nullable NSDictionary *)userInfo;
+ (void)raise:(NSExceptionName)name format:(OFConstantString *)format, ...;
- (void)raise;
@property(readonly, copy) NSExceptionName name;
@property(readonly, copy, nullable) NSString *reason;
@property(readonly, copy, nullable) NSDictionary *userInfo;
@end

NS_ASSUME_NONNULL_END
