// What each part of a configuration has to say when the whole is validated.
#pragma once

#import <Virtualization/Virtualization.h>

@protocol AVZDConfigurationPart
// Why the part is not valid; nil when it is.
- (nullable NSString *)problem;
@end

@interface VZBootLoader () <AVZDConfigurationPart>
@end
@interface VZPlatformConfiguration () <AVZDConfigurationPart>
@end
@interface VZStorageDeviceConfiguration () <AVZDConfigurationPart>
@end
@interface VZNetworkDeviceConfiguration () <AVZDConfigurationPart>
@end
@interface VZDirectorySharingDeviceConfiguration () <AVZDConfigurationPart>
@end
@interface VZSerialPortConfiguration () <AVZDConfigurationPart>
@end
@interface VZNetworkDeviceAttachment () <AVZDConfigurationPart>
@end
