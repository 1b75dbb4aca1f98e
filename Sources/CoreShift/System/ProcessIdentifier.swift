#if canImport(Glibc)
  import Glibc
#else
  import Musl
#endif

/// The kernel's number of this process.
package var ownProcessIdentifier: Int32 { getpid() }

/// Whether this process leads its session.
package var leadsSession: Bool { getsid(0) == getpid() }

/// Whether process `pid` is in the same process group as this one; false when there is none.
package func sharesProcessGroup(with pid: Int32) -> Bool { getpgid(pid) == getpgrp() }

/// Whose permissions this process has with files.
package var effectiveUserIdentifier: UInt32 { geteuid() }
