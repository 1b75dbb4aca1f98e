private import Glibc

/// Whether this process runs under AddressSanitizer or ThreadSanitizer, which make a green thread
/// some ten times as dear and leave no room for a hundred thousand stacks.
public let isSanitized = unsafe dlsym(nil, "__asan_init") != nil || isThreadSanitized

/// Whether it is ThreadSanitizer.
///
/// It lets a signal's handler run only when the OS thread next calls into the C library.
public let isThreadSanitized = unsafe dlsym(nil, "__tsan_init") != nil
