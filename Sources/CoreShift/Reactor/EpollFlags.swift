/// The bits of `epoll_ctl(2)`, for the raw door of a ``Reactor``.
///
/// They are the same on every processor that Linux runs on, except SPARC and MIPS.
@frozen
public enum EpollFlags {
  /// `EPOLLIN`.
  @inlinable public static var readable: UInt32 { 0x1 }
  /// `EPOLLPRI`.
  @inlinable public static var priority: UInt32 { 0x2 }
  /// `EPOLLOUT`.
  @inlinable public static var writable: UInt32 { 0x4 }
  /// `EPOLLERR`; always reported.
  @inlinable public static var error: UInt32 { 0x8 }
  /// `EPOLLHUP`; always reported.
  @inlinable public static var hangup: UInt32 { 0x10 }
  /// `EPOLLRDHUP`: the peer will send no more.
  @inlinable public static var peerClosed: UInt32 { 0x2000 }
  /// `EPOLLEXCLUSIVE`: of several reactors, wake one.
  @inlinable public static var exclusive: UInt32 { 1 << 28 }
  /// `EPOLLONESHOT`: one event, then none until modified.
  @inlinable public static var oneShot: UInt32 { 1 << 30 }
  /// `EPOLLET`; without it readiness is level-triggered.
  @inlinable public static var edgeTriggered: UInt32 { 1 << 31 }
}
