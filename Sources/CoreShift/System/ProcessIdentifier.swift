#if canImport(Glibc)
  import Glibc
#else
  import Musl
#endif

/// The kernel's number of this process.
package var ownProcessIdentifier: Int32 { getpid() }
