#pragma once

#import <Virtualization/VZDefines.h>

NS_ASSUME_NONNULL_BEGIN

@interface VZSharedDirectory : NSObject
- (instancetype)initWithURL:(NSURL *)url readOnly:(BOOL)readOnly;
@property(readonly, copy) NSURL *URL;
@property(readonly, getter=isReadOnly) BOOL readOnly;
@end

@interface VZDirectoryShare : NSObject
@end

@interface VZSingleDirectoryShare : VZDirectoryShare
- (instancetype)initWithDirectory:(VZSharedDirectory *)directory;
@property(readonly) VZSharedDirectory *directory;
@end

typedef NS_ENUM(NSInteger, VZLinuxRosettaAvailability) {
  VZLinuxRosettaAvailabilityNotSupported,
  VZLinuxRosettaAvailabilityNotInstalled,
  VZLinuxRosettaAvailabilityInstalled,
};

@interface VZLinuxRosettaDirectoryShare : VZDirectoryShare
- (nullable instancetype)initWithError:(NSError **)error;
// Answers on any queue.
+ (void)installRosettaWithCompletionHandler:(void (^)(NSError *_Nullable error))completionHandler;
@property(class, readonly) VZLinuxRosettaAvailability availability;
@end

@interface VZDirectorySharingDeviceConfiguration : NSObject <NSCopying>
@end

@interface VZVirtioFileSystemDeviceConfiguration : VZDirectorySharingDeviceConfiguration
- (instancetype)initWithTag:(NSString *)tag;
+ (BOOL)validateTag:(NSString *)tag error:(NSError **)error;
@property(copy) NSString *tag;
@property(strong, nullable) VZDirectoryShare *share;
@end

// Of a machine: to be used on its queue.
@interface VZDirectorySharingDevice : NSObject
@end

@interface VZVirtioFileSystemDevice : VZDirectorySharingDevice
@property(readonly, copy) NSString *tag;
// Raises for a share of Rosetta.
@property(strong, nullable) VZDirectoryShare *share;
@end

NS_ASSUME_NONNULL_END
