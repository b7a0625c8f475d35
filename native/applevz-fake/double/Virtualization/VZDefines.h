#pragma once

#import <Foundation/Foundation.h>
#import <dispatch/dispatch.h>

#define VZ_EXPORT extern
