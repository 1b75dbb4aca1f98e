public import GreenThreads

/// Every OS thread that this library has started in this process and that runs, with its reason.
///
/// There is none until something needs it: blocking work (``offload(_:whenFull:whenCancelled:_:)``,
/// files, name look-ups), a watch for stalls, snapshots by signal. Callable anywhere.
public var threads: [OwnedThread] { OwnedThread.all }
