# Only macOS has something to build. This file is not at the root of the package, where package managers would run node-gyp on every install.
{
  'targets': [
    {
      'target_name': 'applevz',
      'conditions': [
        [
          'OS=="mac"',
          {
            'sources': [
              'src/addon.cc',
              'src/arguments.cc',
              'src/callbacks.cc',
              'src/channel.cc',
              'src/configuration.mm',
              'src/connection_wrap.cc',
              'src/entitlement.mm',
              'src/environment.cc',
              'src/failure.cc',
              'src/failure_value.cc',
              'src/foundation.mm',
              'src/host_facts.mm',
              'src/host_functions.cc',
              'src/machine.mm',
              'src/machine_spec_argument.cc',
              'src/machine_wrap.cc',
              'src/network_devices.mm',
              'src/observer.mm',
              'src/other_devices.mm',
              'src/settler.cc',
              'src/sockets.cc',
              'src/stopping.mm',
              'src/storage_devices.mm',
              'src/vsock.mm',
              'src/vsock_link.cc',
            ],
            'include_dirs': ["<!(node -p \"require('node-addon-api').include_dir\")"],
            'defines': ['NAPI_VERSION=8', 'NAPI_DISABLE_CPP_EXCEPTIONS'],
            'link_settings': {
              'libraries': [
                '-framework Foundation',
                '-framework CoreFoundation',
                '-framework Security',
                '-framework Virtualization',
                '-framework vmnet',
              ],
            },
            'xcode_settings': {
              'CLANG_CXX_LANGUAGE_STANDARD': 'c++17',
              'CLANG_CXX_LIBRARY': 'libc++',
              'CLANG_ENABLE_OBJC_ARC': 'YES',
              # An exception of the framework unwinds through C++ objects of the Objective-C++ files.
              'GCC_ENABLE_CPP_EXCEPTIONS': 'YES',
              'GCC_SYMBOLS_PRIVATE_EXTERN': 'YES',
              'MACOSX_DEPLOYMENT_TARGET': '13.0',
              'WARNING_CFLAGS': ['-Wall', '-Wextra', '-Wunguarded-availability'],
            },
          },
          {'type': 'none'},
        ],
      ],
    },
  ],
}
