#pragma once

#import <Virtualization/VZDefines.h>

NS_ASSUME_NONNULL_BEGIN

@class VZVirtioSocketConnection, VZVirtioSocketDevice, VZVirtioSocketListener;

@interface VZSocketDeviceConfiguration : NSObject <NSCopying>
@end

@interface VZVirtioSocketDeviceConfiguration : VZSocketDeviceConfiguration
- (instancetype)init;
@end

// Owns its descriptor: one that is let go of shuts the stream down for every duplicate of it too.
@interface VZVirtioSocketConnection : NSObject
@property(readonly) uint32_t destinationPort;
@property(readonly) uint32_t sourcePort;
// -1 when closed.
@property(readonly) int fileDescriptor;
- (void)close;
@end

@protocol VZVirtioSocketListenerDelegate <NSObject>
@optional
- (BOOL)listener:(VZVirtioSocketListener *)listener
    shouldAcceptNewConnection:(VZVirtioSocketConnection *)connection
             fromSocketDevice:(VZVirtioSocketDevice *)socketDevice;
@end

@interface VZVirtioSocketListener : NSObject
- (instancetype)init;
@property(weak, nullable) id<VZVirtioSocketListenerDelegate> delegate;
@end

// Of a machine: to be used on its queue.
@interface VZSocketDevice : NSObject
@end

@interface VZVirtioSocketDevice : VZSocketDevice
// Keeps no listener alive.
- (void)setSocketListener:(VZVirtioSocketListener *)listener forPort:(uint32_t)port;
- (void)removeSocketListenerForPort:(uint32_t)port;
- (void)connectToPort:(uint32_t)port
    completionHandler:
        (void (^)(VZVirtioSocketConnection *_Nullable connection, NSError *_Nullable error))completionHandler;
@end

NS_ASSUME_NONNULL_END
