// Networks of vmnet as objects, which macOS 26 has.
#pragma once

#import <CoreFoundation/CoreFoundation.h>

typedef enum vmnet_return_t : uint32_t {
  VMNET_SUCCESS = 1000,
  VMNET_FAILURE = 1001,
  VMNET_NOT_AUTHORIZED = 1009,
} vmnet_return_t;

typedef enum operating_modes_t : uint32_t {
  VMNET_HOST_MODE = 1000,
  VMNET_SHARED_MODE = 1001,
  VMNET_BRIDGED_MODE = 1002,
} operating_modes_t;
typedef operating_modes_t vmnet_mode_t;

typedef struct __vmnet_network_configuration *vmnet_network_configuration_ref;
typedef struct __vmnet_network *vmnet_network_ref;

extern "C" {
// Null, with a status, when the process may not. To be released with CFRelease.
vmnet_network_configuration_ref _Nullable vmnet_network_configuration_create(vmnet_mode_t mode,
                                                                             vmnet_return_t *_Nonnull status);

// Null, with a status, when there can be no such network. To be released with CFRelease.
vmnet_network_ref _Nullable vmnet_network_create(vmnet_network_configuration_ref _Nonnull configuration,
                                                 vmnet_return_t *_Nonnull status);
}
