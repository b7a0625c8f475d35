#pragma once

#import <Virtualization/VZDefines.h>

NS_ASSUME_NONNULL_BEGIN

@interface VZGenericMachineIdentifier : NSObject <NSCopying>
// A new one.
- (instancetype)init;
// nil for bytes that are no identifier.
- (nullable instancetype)initWithDataRepresentation:(NSData *)dataRepresentation;
@property(readonly, copy) NSData *dataRepresentation;
@end

@interface VZPlatformConfiguration : NSObject <NSCopying>
@end

@interface VZGenericPlatformConfiguration : VZPlatformConfiguration
- (instancetype)init;
@property(copy) VZGenericMachineIdentifier *machineIdentifier;
@property(class, readonly, getter=isNestedVirtualizationSupported) BOOL nestedVirtualizationSupported;
@property(nonatomic, getter=isNestedVirtualizationEnabled) BOOL nestedVirtualizationEnabled;
@end

NS_ASSUME_NONNULL_END
