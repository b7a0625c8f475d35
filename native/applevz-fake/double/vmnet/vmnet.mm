#import <Foundation/Foundation.h>
#import <vmnet/vmnet.h>

#include "settings.h"

vmnet_network_configuration_ref vmnet_network_configuration_create(vmnet_mode_t mode, vmnet_return_t *status) {
  bool known = mode == VMNET_HOST_MODE || mode == VMNET_SHARED_MODE;
  *status = known ? VMNET_SUCCESS : VMNET_FAILURE;
  return known ? (__bridge_retained vmnet_network_configuration_ref)[[NSObject alloc] init] : nullptr;
}

vmnet_network_ref vmnet_network_create(vmnet_network_configuration_ref configuration, vmnet_return_t *status) {
  (void)configuration;
  bool allowed = applevz_double::settings().vmnet;
  *status = allowed ? VMNET_SUCCESS : VMNET_NOT_AUTHORIZED;
  return allowed ? (__bridge_retained vmnet_network_ref)[[NSObject alloc] init] : nullptr;
}
