private import Glibc

/// Whether this process runs under AddressSanitizer, which makes a green thread some ten times as
/// dear and leaves no room for a hundred thousand stacks.
public let isSanitized = unsafe dlsym(nil, "__asan_init") != nil
