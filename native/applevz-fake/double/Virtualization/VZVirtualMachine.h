#pragma once

#import <Virtualization/VZDefines.h>

NS_ASSUME_NONNULL_BEGIN

@class VZDirectorySharingDevice, VZMemoryBalloonDevice, VZNetworkDevice, VZSocketDevice, VZVirtualMachine,
    VZVirtualMachineConfiguration;

typedef NS_ENUM(NSInteger, VZVirtualMachineState) {
  VZVirtualMachineStateStopped = 0,
  VZVirtualMachineStateRunning = 1,
  VZVirtualMachineStatePaused = 2,
  VZVirtualMachineStateError = 3,
  VZVirtualMachineStateStarting = 4,
  VZVirtualMachineStatePausing = 5,
  VZVirtualMachineStateResuming = 6,
  VZVirtualMachineStateStopping = 7,
  VZVirtualMachineStateSaving = 8,
  VZVirtualMachineStateRestoring = 9,
};

@protocol VZVirtualMachineDelegate <NSObject>
@optional
- (void)guestDidStopVirtualMachine:(VZVirtualMachine *)virtualMachine;
- (void)virtualMachine:(VZVirtualMachine *)virtualMachine didStopWithError:(NSError *)error;
- (void)virtualMachine:(VZVirtualMachine *)virtualMachine
                         networkDevice:(VZNetworkDevice *)networkDevice
    attachmentWasDisconnectedWithError:(NSError *)error;
@end

// All of it, but for making one, is to be used on its queue; handlers and the delegate are called there.
@interface VZVirtualMachine : NSObject
// Raises for a configuration that is not valid. Copies it.
- (instancetype)initWithConfiguration:(VZVirtualMachineConfiguration *)configuration queue:(dispatch_queue_t)queue;
// On the main queue, which nobody serves in Node.js.
- (instancetype)initWithConfiguration:(VZVirtualMachineConfiguration *)configuration NS_UNAVAILABLE;
@property(class, readonly, getter=isSupported) BOOL supported;
@property(readonly) VZVirtualMachineState state;
@property(weak, nullable) id<VZVirtualMachineDelegate> delegate;
@property(readonly) BOOL canStart;
@property(readonly) BOOL canStop;
@property(readonly) BOOL canPause;
@property(readonly) BOOL canResume;
@property(readonly) BOOL canRequestStop;
@property(readonly, copy) NSArray<VZMemoryBalloonDevice *> *memoryBalloonDevices;
@property(readonly, copy) NSArray<VZNetworkDevice *> *networkDevices;
@property(readonly, copy) NSArray<VZSocketDevice *> *socketDevices;
@property(readonly, copy) NSArray<VZDirectorySharingDevice *> *directorySharingDevices;
- (void)startWithCompletionHandler:(void (^)(NSError *_Nullable errorOrNil))completionHandler;
- (void)stopWithCompletionHandler:(void (^)(NSError *_Nullable errorOrNil))completionHandler;
- (void)pauseWithCompletionHandler:(void (^)(NSError *_Nullable errorOrNil))completionHandler;
- (void)resumeWithCompletionHandler:(void (^)(NSError *_Nullable errorOrNil))completionHandler;
- (BOOL)requestStopWithError:(NSError **)error;
- (void)saveMachineStateToURL:(NSURL *)saveFileURL
            completionHandler:(void (^)(NSError *_Nullable errorOrNil))completionHandler;
- (void)restoreMachineStateFromURL:(NSURL *)saveFileURL
                 completionHandler:(void (^)(NSError *_Nullable errorOrNil))completionHandler;
@end

NS_ASSUME_NONNULL_END
