/**
 * The modules that the image carries when the kernel has them as modules. What is loaded at boot is decided by the
 * devices that are there; the rest costs only space.
 */
export const GUEST_MODULES: readonly string[] = [
  // The buses of virtio devices: PCI, and memory-mapped ones as in microvm or on arm64.
  'virtio_pci',
  'virtio_mmio',
  // Devices.
  'virtio_net',
  'virtio_blk',
  'virtio_scsi',
  'virtio_console',
  'virtio_rng',
  'virtio_balloon',
  'virtio_mem',
  'virtio_pmem',
  'virtio_input',
  'failover',
  'net_failover',
  'vmw_vsock_virtio_transport',
  'sd_mod',
  'sr_mod',
  'ahci',
  'nvme',
  'e1000',
  // The power button: ACPI, or a line of a GPIO chip on device-tree machines; evdev brings it to user space.
  'button',
  'gpio_keys',
  'gpio_pl061',
  'evdev',
  // Tells the hypervisor of a panic.
  'pvpanic_mmio',
  'pvpanic_pci',
  // Shares.
  'virtiofs',
  '9p',
  '9pnet_virtio',
  // File systems of disks and seeds.
  'ext4',
  'crc32c_generic',
  'isofs',
  'vfat',
  'nls_ascii',
  'nls_cp437',
  'nls_utf8',
  'overlay',
  'squashfs',
  'loop',
  // DHCP clients talk through packet sockets.
  'af_packet',
];
