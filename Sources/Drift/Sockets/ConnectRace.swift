internal import CoreShift
internal import GreenThreads

/// Connects to the first of several addresses that answers, as RFC 8305 ("happy eyeballs") has it.
///
/// The families take turns. An address is tried when the one before has failed, or has not answered
/// for a while, which goes on being tried beside it. The first success wins; the others are
/// cancelled and closed.
///
/// Generic, so that the order can be shown in virtual time, without sockets.
package struct ConnectRace<Address, Winner: Connection> {
  /// How long an address has the field to itself; what RFC 8305 recommends.
  package static var headStart: Duration { .milliseconds(250) }

  package typealias Failure = (address: Address, error: any Error)

  private let addresses: [Address]
  private let attempt: (Address) throws -> Winner
  /// Whoever reports never waits, so that a winner is always in somebody's hands.
  private let reports = Channel<Report>(.unbounded, label: "attempts to connect")
  private let course = Course()

  private struct Report {
    let index: Int
    let result: Result<Winner, any Error>
  }

  private final class Course {
    var begun = 0
    var isDecided = false
  }

  /// A race between `addresses`, in this order, for what `attempt` gives.
  package init(between addresses: [Address], _ attempt: @escaping (Address) throws -> Winner) {
    self.addresses = addresses
    self.attempt = attempt
  }

  /// Runs it.
  ///
  /// Parks.
  package func run() throws -> Outcome {
    if addresses.isEmpty { return .defeat([]) }
    return try withScope { scope in
      var errors = [(any Error)?](repeating: nil, count: addresses.count)
      var failed = 0
      begin(in: scope)
      while failed < addresses.count {
        guard let report = try nextReport() else {
          begin(in: scope)
          continue
        }
        switch report.result {
        case .success(let winner):
          decide(for: scope)
          return .winner(winner)
        case .failure(let error):
          errors[report.index] = error
          failed += 1
          if course.begun < addresses.count { begin(in: scope) }
        }
      }
      let failures = zip(addresses, errors).compactMap { address, error in
        error.map { Failure(address, $0) }
      }
      return .defeat(failures)
    }
  }

  /// How a race ends.
  package enum Outcome {
    case winner(Winner)
    /// Why nobody has won, in the order of the addresses.
    case defeat([Failure])
  }

  /// What has ended next; nil when it is another address's turn meanwhile.
  private func nextReport() throws -> Report? {
    if course.begun == addresses.count { return try reports.receive() }
    do {
      return try reports.receive(within: Self.headStart)
    } catch is DeadlineExceeded {
      return nil
    }
  }

  private func begin(in scope: Scope) {
    let index = course.begun
    course.begun += 1
    scope.spawn(name: "connect") {
      let result: Result<Winner, any Error>
      do {
        result = .success(try attempt(addresses[index]))
      } catch let error as Cancelled {
        throw error
      } catch {
        result = .failure(error)
      }
      if course.isDecided {
        if case .success(let late) = result { late.close() }
      } else {
        _ = reports.trySend(Report(index: index, result: result))
      }
    }
  }

  private func decide(for scope: Scope) {
    course.isDecided = true
    scope.cancel()
    while case .value(let report) = reports.tryReceive() {
      if case .success(let late) = report.result { late.close() }
    }
  }
}

/// The same addresses, their families taking turns, beginning with the first one's.
package func takingTurns(_ addresses: [SocketAddress]) -> [SocketAddress] {
  guard let first = addresses.first else { return [] }
  let preferred = addresses.filter { $0.family == first.family }
  let others = addresses.filter { $0.family != first.family }
  return (0..<max(preferred.count, others.count)).flatMap { index in
    [preferred, others].compactMap { index < $0.count ? $0[index] : nil }
  }
}

extension Descriptor: Connection {}
