// The code of the article "Waiting for many things".
import Drift

enum Step {
  case job(Int)
  case reload
  case ended(ExitStatus)
  case idle
}

func next(
  _ jobs: Channel<Int>, _ signals: SignalStream, _ child: ChildProcess
) throws -> Step {
  try select(
    .receive(from: jobs) { job in job.map { .job($0) } ?? .idle },
    .signal(from: signals) { _ in .reload },
    .exit(of: child) { .ended($0.status) },
    .after(.seconds(30)) { .idle }
  )
}

func lookOnly(_ jobs: Channel<Int>) throws -> Int? {
  let waiting = try select(.receive(from: jobs) { $0 }, otherwise: { nil })
  return waiting
}

func awaitReadiness(_ descriptor: Descriptor, _ stop: Channel<Void>) throws -> Bool {
  let isReadable = try select(
    .readable(descriptor) { true },
    .receive(from: stop) { _ in false }
  )
  return isReadable
}

func firstToEnd(_ children: [ChildProcess]) throws -> Int {
  let index = try select(
    children.enumerated().map { index, child in .exit(of: child) { _ in index } })
  return index
}

func merge(_ left: any ReadableStream, _ right: any ReadableStream) throws {
  let lines = Channel<String>(.bounded(64))
  try withScope { scope in
    let readers = [left, right].map { stream in
      scope.spawn {
        let reader = BufferedReader(stream)
        while let line = try reader.readLine() { try lines.send(line) }
      }
    }
    scope.spawn {
      _ = try joinAll(readers)
      lines.close()
    }
    while let line = try lines.receive() { print(line) }
  }
}

func poll(_ numbers: [Int32]) throws {
  let descriptors = numbers.map { PolledDescriptor($0, for: .reading) }
  for ready in try parkAny(of: descriptors, within: .seconds(1)) {
    print("descriptor \(ready.rawValue) can be read")
  }
}

try Drift.run {
  let (first, second) = (MemoryStream.pair(), MemoryStream.pair())
  try first.0.write("one\n")
  try second.0.write("two\n")
  try first.0.shutdownWrite()
  try second.0.shutdownWrite()
  try merge(first.1, second.1)
  print(try firstToEnd([try Command("true").start()]))
}
