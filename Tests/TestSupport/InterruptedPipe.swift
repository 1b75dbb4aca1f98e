private import Glibc
private import Synchronization

/// Runs `body` with a narrow pipe as this process's standard error, from which somebody reads only
/// when many signals have interrupted the calling OS thread.
///
/// For a process that ends soon: it has no standard error afterwards.
///
/// - Parameter body: writes more than a page there.
/// - Returns: how many bytes have come through.
public func bytesThroughInterruptedStandardError(_ body: () -> Void) -> Int {
  var ends: [Int32] = [0, 0]
  guard unsafe pipe(&ends) == 0 else { return -1 }
  let setPipeSize: Int32 = 1031
  _ = fcntl(ends[1], setPipeSize, 4096)
  dup2(ends[1], STDERR_FILENO)
  close(ends[1])
  var action = sigaction()
  unsafe action.__sigaction_handler.sa_handler = { _ in }
  unsafe sigaction(SIGUSR1, &action, nil)
  let (writer, source) = (pthread_self(), ends[0])
  let total = Tally()
  let reader = HelperThread {
    for _ in 0..<100 {
      pthread_kill(writer, SIGUSR1)
      usleep(1_000)
    }
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = unsafe read(source, &buffer, buffer.count)
      if count <= 0 { return }
      total.bytes.add(count, ordering: .relaxed)
    }
  }
  body()
  close(STDERR_FILENO)
  reader.join()
  return total.bytes.load(ordering: .relaxed)
}

private final class Tally: Sendable {
  let bytes = Atomic(0)
}
