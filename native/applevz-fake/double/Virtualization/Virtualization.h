// The part of Virtualization.framework that the addon uses. Names and types are Apple's, from its public documentation; wording and all that is behind them are our own.
#pragma once

#import <Virtualization/VZBootLoader.h>
#import <Virtualization/VZConsole.h>
#import <Virtualization/VZDirectorySharing.h>
#import <Virtualization/VZError.h>
#import <Virtualization/VZMemoryBalloon.h>
#import <Virtualization/VZNetwork.h>
#import <Virtualization/VZPlatform.h>
#import <Virtualization/VZSocket.h>
#import <Virtualization/VZStorage.h>
#import <Virtualization/VZVirtualMachine.h>
#import <Virtualization/VZVirtualMachineConfiguration.h>
