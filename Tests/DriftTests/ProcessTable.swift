import CoreShift
import Glibc

/// Whether `pid` is a child of this process, running or a zombie.
func isChild(_ pid: Int32) -> Bool {
  guard pid > 0 else { return false }
  var nothing = unsafe siginfo_t()
  // WNOWAIT leaves a zombie as it is.
  return unsafe waitid(P_PID, id_t(pid), &nothing, WEXITED | WNOHANG | WNOWAIT) == 0
}

/// Whether a process of this number exists, whosever child it is, and is no zombie.
func isAlive(_ pid: Int32) -> Bool {
  guard kill(pid, 0) == 0 else { return false }
  return !stateLine(of: pid).contains("Z")
}

/// Ends what a test's child has left behind.
func endStranger(_ pid: Int32) {
  kill(pid, SIGKILL)
}

private func stateLine(of pid: Int32) -> String {
  guard let status = try? contents(of: "/proc/\(pid)/status") else { return "Z" }
  return status.split(separator: "\n").first { $0.hasPrefix("State:") }.map(String.init) ?? "Z"
}

/// A small file's text.
func contents(of path: String) throws -> String {
  let file = try Fd(opening: RawString(path), for: .reading)
  var buffer = [UInt8](repeating: 0, count: 64 << 10)
  guard case .bytes(let count) = try file.read(into: &buffer) else { return "" }
  return String(decoding: buffer[..<count], as: UTF8.self)
}

/// Asks again for at most twenty seconds.
func eventually(_ condition: () -> Bool) -> Bool {
  let start = ContinuousClock.now
  while start.duration(to: .now) < .seconds(20) {
    if condition() { return true }
    usleep(1000)
  }
  return condition()
}
