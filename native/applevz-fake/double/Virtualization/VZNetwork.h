#pragma once

#import <Virtualization/VZDefines.h>
#import <vmnet/vmnet.h>

NS_ASSUME_NONNULL_BEGIN

@interface VZMACAddress : NSObject <NSCopying>
// nil for what is no address.
- (nullable instancetype)initWithString:(NSString *)string;
+ (instancetype)randomLocallyAdministeredAddress;
// In lower case.
@property(readonly, copy) NSString *string;
@property(readonly) BOOL isMulticastAddress;
@end

@interface VZNetworkDeviceAttachment : NSObject
@end

@interface VZNATNetworkDeviceAttachment : VZNetworkDeviceAttachment
- (instancetype)init;
@end

@interface VZFileHandleNetworkDeviceAttachment : VZNetworkDeviceAttachment
- (instancetype)initWithFileHandle:(NSFileHandle *)fileHandle;
@property(readonly) NSFileHandle *fileHandle;
@property(nonatomic) NSInteger maximumTransmissionUnit;
@end

@interface VZBridgedNetworkInterface : NSObject
@property(class, readonly, copy) NSArray<VZBridgedNetworkInterface *> *networkInterfaces;
@property(readonly, copy) NSString *identifier;
@property(readonly, copy, nullable) NSString *localizedDisplayName;
@end

@interface VZBridgedNetworkDeviceAttachment : VZNetworkDeviceAttachment
- (instancetype)initWithInterface:(VZBridgedNetworkInterface *)interface;
@property(readonly) VZBridgedNetworkInterface *interface;
@end

@interface VZVmnetNetworkDeviceAttachment : VZNetworkDeviceAttachment
- (instancetype)initWithNetwork:(vmnet_network_ref)network;
@property(readonly) vmnet_network_ref network;
@end

@interface VZNetworkDeviceConfiguration : NSObject <NSCopying>
@property(strong, nullable) VZNetworkDeviceAttachment *attachment;
@property(copy) VZMACAddress *MACAddress;
@end

@interface VZVirtioNetworkDeviceConfiguration : VZNetworkDeviceConfiguration
- (instancetype)init;
@end

// Of a machine: to be used on its queue.
@interface VZNetworkDevice : NSObject
@property(strong, nullable) VZNetworkDeviceAttachment *attachment;
@end

NS_ASSUME_NONNULL_END
