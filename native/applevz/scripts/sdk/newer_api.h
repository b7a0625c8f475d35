// Declares what an SDK older than macOS 26 lacks of the API that the addon uses, so that the sources can be checked against such an SDK. Included by check-sdk.mjs before everything else, and by
// nothing else: a build that ships takes what its own SDK has. Own wording; names and signatures are those of the public documentation.
#pragma once

#import <Virtualization/Virtualization.h>
#include <vmnet/vmnet.h>

#define APPLEVZ_SDK 260000

NS_ASSUME_NONNULL_BEGIN

#if __MAC_OS_X_VERSION_MAX_ALLOWED < 120300
@interface VZVirtioBlockDeviceConfiguration (VZNewer)
@property(copy) NSString *blockDeviceIdentifier API_AVAILABLE(macos(12.3));
@end
#endif

#if __MAC_OS_X_VERSION_MAX_ALLOWED < 130000
VZ_EXPORT API_AVAILABLE(macos(13.0))
@interface VZGenericMachineIdentifier : NSObject <NSCopying>
- (instancetype)init;
- (nullable instancetype)initWithDataRepresentation:(NSData *)dataRepresentation;
@property(readonly, copy) NSData *dataRepresentation;
@end

@interface VZGenericPlatformConfiguration (VZNewer13)
@property(copy) VZGenericMachineIdentifier *machineIdentifier API_AVAILABLE(macos(13.0));
@end

typedef NS_OPTIONS(NSUInteger, VZEFIVariableStoreInitializationOptions) {
  VZEFIVariableStoreInitializationOptionAllowOverwrite = 1 << 0,
} API_AVAILABLE(macos(13.0));

VZ_EXPORT API_AVAILABLE(macos(13.0))
@interface VZEFIVariableStore : NSObject
+ (instancetype)new NS_UNAVAILABLE;
- (instancetype)init NS_UNAVAILABLE;
- (instancetype)initWithURL:(NSURL *)URL;
- (nullable instancetype)initCreatingVariableStoreAtURL:(NSURL *)URL
                                                options:(VZEFIVariableStoreInitializationOptions)options
                                                  error:(NSError *_Nullable *_Nullable)error;
@property(readonly, copy) NSURL *URL;
@end

VZ_EXPORT API_AVAILABLE(macos(13.0))
@interface VZEFIBootLoader : VZBootLoader
- (instancetype)init NS_DESIGNATED_INITIALIZER;
@property(strong, nullable) VZEFIVariableStore *variableStore;
@end

@interface VZFileHandleNetworkDeviceAttachment (VZNewer)
@property(nonatomic) NSInteger maximumTransmissionUnit API_AVAILABLE(macos(13.0));
@end

#if defined(__arm64__)
typedef NS_ENUM(NSInteger, VZLinuxRosettaAvailability) {
  VZLinuxRosettaAvailabilityNotSupported,
  VZLinuxRosettaAvailabilityNotInstalled,
  VZLinuxRosettaAvailabilityInstalled,
} API_AVAILABLE(macos(13.0));

VZ_EXPORT API_AVAILABLE(macos(13.0))
@interface VZLinuxRosettaDirectoryShare : VZDirectoryShare
+ (instancetype)new NS_UNAVAILABLE;
- (instancetype)init NS_UNAVAILABLE;
- (nullable instancetype)initWithError:(NSError *_Nullable *_Nullable)error;
+ (void)installRosettaWithCompletionHandler:(void (^)(NSError *_Nullable error))completionHandler;
@property(class, readonly) VZLinuxRosettaAvailability availability;
@end
#endif
#endif

#if __MAC_OS_X_VERSION_MAX_ALLOWED < 140000 && defined(__arm64__)
@interface VZVirtualMachine (VZNewer14)
- (void)saveMachineStateToURL:(NSURL *)saveFileURL
            completionHandler:(void (^)(NSError *_Nullable errorOrNil))completionHandler API_AVAILABLE(macos(14.0));
- (void)restoreMachineStateFromURL:(NSURL *)saveFileURL
                 completionHandler:(void (^)(NSError *_Nullable errorOrNil))completionHandler API_AVAILABLE(macos(14.0));
@end

@interface VZVirtualMachineConfiguration (VZNewer14)
- (BOOL)validateSaveRestoreSupportWithError:(NSError *_Nullable *_Nullable)error API_AVAILABLE(macos(14.0));
@end
#endif

#if __MAC_OS_X_VERSION_MAX_ALLOWED < 150000
@interface VZGenericPlatformConfiguration (VZNewer15)
@property(class, readonly, getter=isNestedVirtualizationSupported) BOOL nestedVirtualizationSupported API_AVAILABLE(macos(15.0));
@property(nonatomic, getter=isNestedVirtualizationEnabled) BOOL nestedVirtualizationEnabled API_AVAILABLE(macos(15.0));
@end
#endif

#if __MAC_OS_X_VERSION_MAX_ALLOWED < 260000
typedef struct vmnet_network_configuration *vmnet_network_configuration_ref;
typedef struct vmnet_network *vmnet_network_ref;
typedef operating_modes_t vmnet_mode_t;

__BEGIN_DECLS
vmnet_network_configuration_ref _Nullable vmnet_network_configuration_create(vmnet_mode_t mode, vmnet_return_t *status)
    API_AVAILABLE(macos(26.0));
vmnet_network_ref _Nullable vmnet_network_create(vmnet_network_configuration_ref config, vmnet_return_t *status)
    API_AVAILABLE(macos(26.0));
__END_DECLS

VZ_EXPORT API_AVAILABLE(macos(26.0))
@interface VZVmnetNetworkDeviceAttachment : VZNetworkDeviceAttachment
- (instancetype)initWithNetwork:(vmnet_network_ref)network NS_DESIGNATED_INITIALIZER;
@property(readonly, nonatomic) vmnet_network_ref network;
@end
#endif

NS_ASSUME_NONNULL_END
