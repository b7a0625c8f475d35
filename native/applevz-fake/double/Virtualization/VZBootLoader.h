#pragma once

#import <Virtualization/VZDefines.h>

NS_ASSUME_NONNULL_BEGIN

@interface VZBootLoader : NSObject <NSCopying>
@end

@interface VZLinuxBootLoader : VZBootLoader
- (instancetype)initWithKernelURL:(NSURL *)kernelURL;
@property(copy) NSURL *kernelURL;
@property(copy) NSString *commandLine;
@property(copy, nullable) NSURL *initialRamdiskURL;
@end

typedef NS_OPTIONS(NSUInteger, VZEFIVariableStoreInitializationOptions) {
  VZEFIVariableStoreInitializationOptionAllowOverwrite = 1 << 0,
};

@interface VZEFIVariableStore : NSObject
// Says nothing of a file that is not there; the configuration's validation does.
- (instancetype)initWithURL:(NSURL *)URL;
- (nullable instancetype)initCreatingVariableStoreAtURL:(NSURL *)URL
                                                options:(VZEFIVariableStoreInitializationOptions)options
                                                  error:(NSError **)error;
@property(readonly, copy) NSURL *URL;
@end

@interface VZEFIBootLoader : VZBootLoader
@property(strong, nullable) VZEFIVariableStore *variableStore;
@end

NS_ASSUME_NONNULL_END
