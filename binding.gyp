{
  # Not shipped: with this file in the package npm would build at install time.
  # `seccomp` is the addon; `launcher`, `canary` and `probe` are programs of their own; `raw_syscall` serves the tests
  # (left out with -Dtests=0).
  # Linux on x64 and arm64 only; elsewhere every target is empty and the build succeeds.
  'variables': {
    'tests%': 1,
    # No libc, no start files, nothing that would need them; and few pages, for each costs a fault at every start.
    'freestanding_cflags': [
      '-std=c11', '-Os', '-ffreestanding', '-fno-builtin', '-fno-pie', '-fno-stack-protector',
      '-fno-asynchronous-unwind-tables', '-fno-tree-loop-distribute-patterns',
    ],
    'hosted_cflags': ['-O3', '-pthread', '-fno-omit-frame-pointer'],
    'freestanding_ldflags': [
      '-nostdlib', '-static', '-no-pie', '-s', '-Wl,--build-id=none', '-Wl,-z,noexecstack',
      '-Wl,-z,norelro', '-Wl,-z,noseparate-code',
    ],
  },
  'conditions': [
    ['OS=="linux" and (target_arch=="x64" or target_arch=="arm64")', {
      'target_defaults': {
        'cflags': ['-Wall', '-Wextra', '-fvisibility=hidden', '-U_FORTIFY_SOURCE'],
        'cflags_cc': ['-std=c++20', '-fno-exceptions', '-fno-rtti'],
        'cflags_cc!': ['-std=gnu++17', '-std=gnu++20'],
        'defines': ['NAPI_VERSION=8'],
      },
      'targets': [
        {
          'target_name': 'seccomp',
          'sources': [
            'native/addon/audit.cc',
            'native/addon/dump.cc',
            'native/addon/execute.cc',
            'native/addon/exports.cc',
            'native/addon/install.cc',
            'native/addon/memfd.cc',
            'native/addon/support.cc',
            'native/addon/violations.cc',
          ],
          # No C++ runtime and no libc: the sources need neither, so one binary serves every libc (test/package looks).
          # Never unloaded, even when the Worker ends that loaded it: its signal handler is the process's.
          'ldflags': ['-nodefaultlibs', '-Wl,-z,nodelete'],
          'conditions': [
            # Else gcc calls its own library for atomic operations.
            ['target_arch=="arm64"', { 'cflags': ['-mno-outline-atomics'] }],
          ],
        },
        {
          'target_name': 'launcher',
          'type': 'executable',
          'sources': ['native/launcher/launcher.c'],
          'cflags': ['<@(freestanding_cflags)'],
          'cflags!': ['<@(hosted_cflags)'],
          'ldflags': ['<@(freestanding_ldflags)'],
          'ldflags!': ['-pthread', '-rdynamic'],
          'libraries!': ['-lm'],
        },
        {
          'target_name': 'canary',
          'type': 'executable',
          'sources': ['native/canary/canary.c'],
          'cflags': ['<@(freestanding_cflags)'],
          'cflags!': ['<@(hosted_cflags)'],
          'ldflags': ['<@(freestanding_ldflags)'],
          'ldflags!': ['-pthread', '-rdynamic'],
          'libraries!': ['-lm'],
        },
        {
          'target_name': 'probe',
          'type': 'executable',
          'sources': ['native/probe/probe.c'],
          'cflags': ['<@(freestanding_cflags)'],
          'cflags!': ['<@(hosted_cflags)'],
          'ldflags': ['<@(freestanding_ldflags)'],
          'ldflags!': ['-pthread', '-rdynamic'],
          'libraries!': ['-lm'],
        },
      ],
      'conditions': [
        ['tests==1', {
          'targets': [
            {
              'target_name': 'raw_syscall',
              'sources': ['test/native/raw_syscall.cc'],
              'defines': ['NAPI_DISABLE_CPP_EXCEPTIONS'],
              'include_dirs': ['<!(node -p "require(\'node-addon-api\').include_dir")'],
            },
          ],
        }],
      ],
    }, {
      'targets': [
        { 'target_name': 'seccomp', 'type': 'none' },
        { 'target_name': 'launcher', 'type': 'none' },
        { 'target_name': 'canary', 'type': 'none' },
        { 'target_name': 'probe', 'type': 'none' },
      ],
    }],
  ],
}
