// The code of the article "What can fail" of Drift.
import Drift

func tell(_ host: String) throws -> TCPStream? {
  do {
    return try withTimeout(.seconds(5)) { try TCPStream(connect: host, port: 443) }
  } catch is DeadlineExceeded {
    print("\(host) takes too long")
  } catch let error as LookupFailed {
    print("nobody knows \(error.host)")
  } catch let error as ConnectFailed {
    for attempt in error.attempts { print(attempt.address, attempt.error) }
  } catch let error as CoreError where error.code == .connectionRefused {
    print("nobody listens")
  }
  return nil
}

try Drift.run { _ = try tell("127.0.0.1") }
