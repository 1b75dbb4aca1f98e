// The code of the article "Files and blocking work".
import Drift

func readWhole() throws -> String {
  let settings = try File.readText("/etc/hostname", limit: 64 << 10)
  return settings
}

func copyLog(_ path: RawString) throws -> Int {
  let file = try File(opening: path)
  defer { file.close() }
  let lines = BufferedReader(file)
  var errors = 0
  while let line = try lines.readLine() {
    if line.hasPrefix("error") { errors += 1 }
  }
  return errors
}

func save(_ state: [UInt8], to path: RawString) throws {
  try File.replace(path, with: state)
}

func count(_ path: RawString) throws -> Int {
  var files = 0
  try Directory.walk(path) { step in
    if step.entry.kind == .regular { files += 1 }
    return .goOn
  }
  return files
}

func hash(_ bytes: [UInt8]) throws -> UInt64 {
  let sum = try offload("hash") {
    bytes.reduce(14_695_981_039_346_656_037) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
  }
  return sum
}

func offloadPatiently(_ bytes: [UInt8]) throws -> Int {
  let lineFeeds = try offload("count", whenFull: .waits, whenCancelled: .waitsForEnd) {
    bytes.count { $0 == 10 }
  }
  return lineFeeds
}

func runWithLimits() throws {
  let limits = OffloadLimits(workers: 8, waiting: 1_000, endBudget: .seconds(5)) { work in
    print("left behind: \(work)")
  }
  try Drift.run(offloading: limits) {
    try withTemporaryDirectory { directory in
      try save([1, 2, 3], to: directory.appending("state"))
      print(try count(directory))
    }
  }
}

try runWithLimits()
try Drift.run { print(try hash([1, 2, 3]), try offloadPatiently([10, 10])) }
