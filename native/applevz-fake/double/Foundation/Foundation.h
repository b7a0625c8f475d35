// The part of Foundation that the addon uses, on top of ObjFW.
#pragma once

#import <Foundation/NSObjCRuntime.h>
#import <Foundation/NSData.h>
#import <Foundation/NSError.h>
#import <Foundation/NSException.h>
#import <Foundation/NSFileHandle.h>
#import <Foundation/NSProcessInfo.h>
#import <Foundation/NSString.h>
#import <Foundation/NSURL.h>
