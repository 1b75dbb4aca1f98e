#if canImport(Glibc)
  import Glibc
#else
  import Musl
#endif

/// The kernel's number of this process.
package var ownProcessIdentifier: Int32 { getpid() }

/// Whose permissions this process has with files.
package var effectiveUserIdentifier: UInt32 { geteuid() }
