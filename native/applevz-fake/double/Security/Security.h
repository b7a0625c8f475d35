#pragma once

#import <Security/SecTask.h>
