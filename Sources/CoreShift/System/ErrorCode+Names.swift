#if canImport(Glibc)
  import Glibc
#else
  import Musl
#endif

extension ErrorCode {
  /// `EPERM`: the caller lacks the privilege.
  public static var notPermitted: ErrorCode { ErrorCode(rawValue: EPERM) }

  /// `ENOENT`: no such path, or no such registration.
  public static var notFound: ErrorCode { ErrorCode(rawValue: ENOENT) }

  /// `ESRCH`: no process has this identifier any more.
  public static var noSuchProcess: ErrorCode { ErrorCode(rawValue: ESRCH) }

  /// `EINTR`: a signal ended the call before it did anything.
  public static var interrupted: ErrorCode { ErrorCode(rawValue: EINTR) }

  /// `EIO`: the device failed, or a transfer had an impossible size.
  public static var inputOutput: ErrorCode { ErrorCode(rawValue: EIO) }

  /// `ENXIO`: a device or a peer is not there.
  public static var noSuchDeviceOrAddress: ErrorCode { ErrorCode(rawValue: ENXIO) }

  /// `E2BIG`: arguments and environment together are too long.
  public static var argumentListTooLong: ErrorCode { ErrorCode(rawValue: E2BIG) }

  /// `ENOEXEC`: the file's format cannot be executed.
  public static var notExecutable: ErrorCode { ErrorCode(rawValue: ENOEXEC) }

  /// `EBADF`: not an open descriptor, or not open for this.
  public static var badDescriptor: ErrorCode { ErrorCode(rawValue: EBADF) }

  /// `ECHILD`: no child to wait for.
  public static var noChild: ErrorCode { ErrorCode(rawValue: ECHILD) }

  /// `EAGAIN`: nothing now; also a limit that may pass (`EWOULDBLOCK` is the same number).
  public static var wouldBlock: ErrorCode { ErrorCode(rawValue: EAGAIN) }

  /// `ENOMEM`: the kernel has no memory for this.
  public static var outOfMemory: ErrorCode { ErrorCode(rawValue: ENOMEM) }

  /// `EACCES`: the file's mode forbids it.
  public static var permissionDenied: ErrorCode { ErrorCode(rawValue: EACCES) }

  /// `EFAULT`: a pointer leads outside the address space.
  public static var badPointer: ErrorCode { ErrorCode(rawValue: EFAULT) }

  /// `EBUSY`: in use by somebody else.
  public static var busy: ErrorCode { ErrorCode(rawValue: EBUSY) }

  /// `EEXIST`: the path or the registration exists already.
  public static var alreadyExists: ErrorCode { ErrorCode(rawValue: EEXIST) }

  /// `EXDEV`: the two paths are on different file systems.
  public static var crossDevice: ErrorCode { ErrorCode(rawValue: EXDEV) }

  /// `ENODEV`: the device does not support this, or is not there.
  public static var noSuchDevice: ErrorCode { ErrorCode(rawValue: ENODEV) }

  /// `ENOTDIR`: a part of the path is no directory.
  public static var notDirectory: ErrorCode { ErrorCode(rawValue: ENOTDIR) }

  /// `EISDIR`: the path is a directory.
  public static var isDirectory: ErrorCode { ErrorCode(rawValue: EISDIR) }

  /// `EINVAL`: an argument has no meaning here.
  public static var invalidArgument: ErrorCode { ErrorCode(rawValue: EINVAL) }

  /// `ENFILE`: the whole system has too many open files.
  public static var systemFileTableFull: ErrorCode { ErrorCode(rawValue: ENFILE) }

  /// `EMFILE`: this process has too many open files.
  public static var tooManyOpenFiles: ErrorCode { ErrorCode(rawValue: EMFILE) }

  /// `ENOTTY`: the operation does not apply to this kind of file.
  public static var notTerminal: ErrorCode { ErrorCode(rawValue: ENOTTY) }

  /// `ETXTBSY`: the program is open for writing, or the file is being executed.
  public static var textFileBusy: ErrorCode { ErrorCode(rawValue: ETXTBSY) }

  /// `EFBIG`: the file would pass its size limit.
  public static var fileTooLarge: ErrorCode { ErrorCode(rawValue: EFBIG) }

  /// `ENOSPC`: the device is full, or a kernel limit on watches is reached.
  public static var noSpace: ErrorCode { ErrorCode(rawValue: ENOSPC) }

  /// `ESPIPE`: the descriptor has no position.
  public static var illegalSeek: ErrorCode { ErrorCode(rawValue: ESPIPE) }

  /// `EROFS`: the file system is mounted read-only.
  public static var readOnlyFileSystem: ErrorCode { ErrorCode(rawValue: EROFS) }

  /// `EMLINK`: the file has too many hard links.
  public static var tooManyLinks: ErrorCode { ErrorCode(rawValue: EMLINK) }

  /// `EPIPE`: nobody is left to read.
  public static var brokenPipe: ErrorCode { ErrorCode(rawValue: EPIPE) }

  /// `ERANGE`: the result does not fit.
  public static var outOfRange: ErrorCode { ErrorCode(rawValue: ERANGE) }

  /// `EDEADLK`: waiting for this would never end.
  public static var wouldDeadlock: ErrorCode { ErrorCode(rawValue: EDEADLK) }

  /// `ENAMETOOLONG`: a path or an address is too long.
  public static var nameTooLong: ErrorCode { ErrorCode(rawValue: ENAMETOOLONG) }

  /// `ENOSYS`: this kernel, or a seccomp filter, does not offer the call.
  public static var notImplemented: ErrorCode { ErrorCode(rawValue: ENOSYS) }

  /// `ENOTEMPTY`: the directory still has entries.
  public static var notEmpty: ErrorCode { ErrorCode(rawValue: ENOTEMPTY) }

  /// `ELOOP`: too many symbolic links, or one where none is allowed.
  public static var symbolicLinkLoop: ErrorCode { ErrorCode(rawValue: ELOOP) }

  /// `EPROTO`: the protocol was violated.
  public static var protocolError: ErrorCode { ErrorCode(rawValue: EPROTO) }

  /// `EOVERFLOW`: the value does not fit its type.
  public static var overflow: ErrorCode { ErrorCode(rawValue: EOVERFLOW) }

  /// `ENOTSOCK`: the descriptor is no socket.
  public static var notSocket: ErrorCode { ErrorCode(rawValue: ENOTSOCK) }

  /// `EDESTADDRREQ`: the socket has no destination.
  public static var destinationRequired: ErrorCode { ErrorCode(rawValue: EDESTADDRREQ) }

  /// `EMSGSIZE`: the datagram is longer than the transport allows.
  public static var messageTooLong: ErrorCode { ErrorCode(rawValue: EMSGSIZE) }

  /// `EPROTOTYPE`: the protocol does not fit the socket's type.
  public static var wrongProtocolType: ErrorCode { ErrorCode(rawValue: EPROTOTYPE) }

  /// `ENOPROTOOPT`: the socket does not know this option.
  public static var protocolOptionUnknown: ErrorCode { ErrorCode(rawValue: ENOPROTOOPT) }

  /// `EPROTONOSUPPORT`: the kernel lacks the protocol.
  public static var protocolNotSupported: ErrorCode { ErrorCode(rawValue: EPROTONOSUPPORT) }

  /// `EOPNOTSUPP`: the file does not support the operation (`ENOTSUP` is the same number).
  public static var notSupported: ErrorCode { ErrorCode(rawValue: EOPNOTSUPP) }

  /// `EAFNOSUPPORT`: the kernel lacks the address family.
  public static var addressFamilyNotSupported: ErrorCode { ErrorCode(rawValue: EAFNOSUPPORT) }

  /// `EADDRINUSE`: another socket is bound there.
  public static var addressInUse: ErrorCode { ErrorCode(rawValue: EADDRINUSE) }

  /// `EADDRNOTAVAIL`: the address is not this machine's, or no port is left.
  public static var addressNotAvailable: ErrorCode { ErrorCode(rawValue: EADDRNOTAVAIL) }

  /// `ENETDOWN`: the interface is down.
  public static var networkDown: ErrorCode { ErrorCode(rawValue: ENETDOWN) }

  /// `ENETUNREACH`: no route leads to the network.
  public static var networkUnreachable: ErrorCode { ErrorCode(rawValue: ENETUNREACH) }

  /// `ECONNABORTED`: the connection ended before it was accepted.
  public static var connectionAborted: ErrorCode { ErrorCode(rawValue: ECONNABORTED) }

  /// `ECONNRESET`: the peer reset the connection.
  public static var connectionReset: ErrorCode { ErrorCode(rawValue: ECONNRESET) }

  /// `ENOBUFS`: the kernel has no buffer for this.
  public static var noBufferSpace: ErrorCode { ErrorCode(rawValue: ENOBUFS) }

  /// `EISCONN`: the socket is connected.
  public static var alreadyConnected: ErrorCode { ErrorCode(rawValue: EISCONN) }

  /// `ENOTCONN`: the socket is not connected.
  public static var notConnected: ErrorCode { ErrorCode(rawValue: ENOTCONN) }

  /// `ETIMEDOUT`: the peer did not answer in time.
  public static var timedOut: ErrorCode { ErrorCode(rawValue: ETIMEDOUT) }

  /// `ECONNREFUSED`: nobody listens there.
  public static var connectionRefused: ErrorCode { ErrorCode(rawValue: ECONNREFUSED) }

  /// `EHOSTDOWN`: the host is down.
  public static var hostDown: ErrorCode { ErrorCode(rawValue: EHOSTDOWN) }

  /// `EHOSTUNREACH`: no route leads to the host.
  public static var hostUnreachable: ErrorCode { ErrorCode(rawValue: EHOSTUNREACH) }

  /// `EALREADY`: an earlier attempt has not ended.
  public static var alreadyInProgress: ErrorCode { ErrorCode(rawValue: EALREADY) }

  /// `EINPROGRESS`: started; readiness to write tells when it has ended.
  public static var inProgress: ErrorCode { ErrorCode(rawValue: EINPROGRESS) }

  /// `ESTALE`: what the handle stands for is not here; a reactor, in a child that `fork` made.
  public static var stale: ErrorCode { ErrorCode(rawValue: ESTALE) }

  /// `ECANCELED`: the operation was cancelled.
  public static var cancelled: ErrorCode { ErrorCode(rawValue: ECANCELED) }
}
