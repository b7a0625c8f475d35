#pragma once

#import <Virtualization/VZDefines.h>

NS_ASSUME_NONNULL_BEGIN

typedef NS_ENUM(NSInteger, VZDiskImageCachingMode) {
  VZDiskImageCachingModeAutomatic = 0,
  VZDiskImageCachingModeUncached = 1,
  VZDiskImageCachingModeCached = 2,
};

typedef NS_ENUM(NSInteger, VZDiskImageSynchronizationMode) {
  VZDiskImageSynchronizationModeFull = 1,
  VZDiskImageSynchronizationModeFsync = 2,
  VZDiskImageSynchronizationModeNone = 3,
};

@interface VZStorageDeviceAttachment : NSObject
@end

@interface VZDiskImageStorageDeviceAttachment : VZStorageDeviceAttachment
- (nullable instancetype)initWithURL:(NSURL *)url readOnly:(BOOL)readOnly error:(NSError **)error;
- (nullable instancetype)initWithURL:(NSURL *)URL
                            readOnly:(BOOL)readOnly
                         cachingMode:(VZDiskImageCachingMode)cachingMode
                 synchronizationMode:(VZDiskImageSynchronizationMode)synchronizationMode
                               error:(NSError **)error;
@property(readonly) NSURL *URL;
@property(readonly, getter=isReadOnly) BOOL readOnly;
@property(readonly) VZDiskImageCachingMode cachingMode;
@property(readonly) VZDiskImageSynchronizationMode synchronizationMode;
@end

@interface VZStorageDeviceConfiguration : NSObject <NSCopying>
@property(readonly) VZStorageDeviceAttachment *attachment;
@end

@interface VZVirtioBlockDeviceConfiguration : VZStorageDeviceConfiguration
- (instancetype)initWithAttachment:(VZStorageDeviceAttachment *)attachment;
+ (BOOL)validateBlockDeviceIdentifier:(NSString *)blockDeviceIdentifier error:(NSError **)error;
@property(copy) NSString *blockDeviceIdentifier;
@end

NS_ASSUME_NONNULL_END
