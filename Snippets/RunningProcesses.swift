// The code of the article "Running processes".
import Drift

func runAndCapture() throws -> String {
  let head = try Command("git", "rev-parse", "HEAD").run(limit: 1_000).text
  return head
}

func lookAtTheOutcome() throws {
  let result = try Command("grep", "-r", "needle", "haystack").output(limit: 1 << 20)
  switch result.status {
  case .exited(code: 0): print(result.lines.count, "lines")
  case .exited(code: 1): print("no needle")
  case .exited(let code): print("grep failed with \(code): \(result.errorText)")
  case .signalled(let signal, _): print("ended by \(signal)")
  case .unknown: print("somebody else has reaped it")
  }
}

func giveInput() throws -> [String] {
  var sort = Command("sort", "-n")
  sort.standardInput = .text("3\n1\n2\n")
  let sorted = try sort.run().lines
  return sorted
}

func talk() throws -> String? {
  var command = Command("bc", "-q")
  command.standardInput = .pipe
  let calculator = try command.start()
  try calculator.standardInput.write("6 * 7\n")
  let answer = try calculator.standardOutput.readLine()
  calculator.standardInput.close()
  try calculator.wait()
  return answer
}

func streamLines() throws {
  var build = Command("make", "-j8")
  build.standardError = .standardOutput
  let running = try build.start()
  while let line = try running.standardOutput.readLine() {
    print("make:", line)
  }
  print(try running.wait().status)
}

func streamBoth() throws {
  let result = try Command("make").output { stream, chunk in
    switch stream {
    case .standardOutput: try standardOutput.write(chunk)
    case .standardError: try standardError.write(chunk)
    }
  }
  print(result.status)
}

func endInTime() throws {
  var test = Command("sh", "-c", "sleep 600 & sleep 600")
  test.timeout = .seconds(60)
  test.grace = .seconds(5)
  test.survivors = .kill
  let result = try test.output()
  if result.isTimedOut { print("ended after a minute: \(result.status)") }
}

func connect() throws -> [String] {
  let pipeline = Command("git", "log", "--format=%an") | Command("sort") | Command("uniq", "-c")
  let authors = try pipeline.run().lines
  return authors
}

func showOnTerminal() throws {
  let session = try TerminalSession(Command("top"), size: TerminalSize(rows: 40, columns: 120))
  try session.write("q")
  let screen = try session.readAll(limit: 1 << 20)
  try session.child.wait()
  print(screen.count, "bytes")
}

func setSurroundings() throws {
  var build = Command("make", "install")
  build.workingDirectory = "/srv/source"
  build.environment = .edit([.set("DESTDIR", to: "/srv/image"), .remove("CDPATH")])
  build.standardOutput = .file("/srv/build.log", [.create, .append])
  build.standardError = .standardOutput
  build.fileMask = 0o022
  try build.run()
}

func keepTheEnd() throws {
  var noisy = Command("make", "check")
  noisy.limits.byteLimit = 64 << 10
  noisy.limits.overflow = .keepTail
  let result = try noisy.output()
  if result.isTruncated { print("… \(result.text)") }
}

func runMany(_ files: [RawString]) throws {
  try withScope(limit: 8, isolatingFailures: { print($0) }) { jobs in
    for file in files {
      try jobs.spawn { try Command("gzip", "-k", file).run() }
    }
  }
}

func explain() throws {
  do {
    try Command("git", "pull").run()
  } catch let error as CommandFailed {
    print(error)
  } catch let error as CoreError {
    print("cannot be run: \(error)")
  }
}

try Drift.run {
  print(try giveInput(), try connect().count)
}
