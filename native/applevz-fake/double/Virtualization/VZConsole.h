#pragma once

#import <Virtualization/VZDefines.h>

NS_ASSUME_NONNULL_BEGIN

@interface VZSerialPortAttachment : NSObject
@end

// What the guest writes only.
@interface VZFileSerialPortAttachment : VZSerialPortAttachment
- (nullable instancetype)initWithURL:(NSURL *)url append:(BOOL)shouldAppend error:(NSError **)error;
@property(readonly, copy) NSURL *URL;
@property(readonly) BOOL append;
@end

@interface VZFileHandleSerialPortAttachment : VZSerialPortAttachment
- (instancetype)initWithFileHandleForReading:(nullable NSFileHandle *)fileHandleForReading
                        fileHandleForWriting:(nullable NSFileHandle *)fileHandleForWriting;
@property(readonly, nullable) NSFileHandle *fileHandleForReading;
@property(readonly, nullable) NSFileHandle *fileHandleForWriting;
@end

@interface VZSerialPortConfiguration : NSObject <NSCopying>
@property(strong, nullable) VZSerialPortAttachment *attachment;
@end

@interface VZVirtioConsoleDeviceSerialPortConfiguration : VZSerialPortConfiguration
- (instancetype)init;
@end

@interface VZEntropyDeviceConfiguration : NSObject <NSCopying>
@end

@interface VZVirtioEntropyDeviceConfiguration : VZEntropyDeviceConfiguration
- (instancetype)init;
@end

NS_ASSUME_NONNULL_END
