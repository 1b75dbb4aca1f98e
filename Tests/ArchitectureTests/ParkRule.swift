/// In Drift, what waits for a descriptor or for time waits by the three parks: only the files of
/// the policy, which wait for something else, park themselves.
enum ParkRule {
  static func violations(in files: [SourceFile]) -> [Violation] {
    let parking = files.filter { $0.isSwift && $0.top == "Sources" && $0.target == "Drift" }
      .compactMap { file in line(ofParkIn: file).map { (file: file, line: $0) } }
    let others = parking.filter { Policy.parkingFiles[$0.file.path] == nil }
    let names = Set(parking.map(\.file.path))
    return others.map { found in
      Violation(found.file, line: found.line, "parks by itself: use parkRead, parkWrite, parkTimer")
    }
      + Policy.parkingFiles.keys.filter { !names.contains($0) }.sorted().map {
        Violation(path: $0, "does not park, and the policy says that it does")
      }
  }

  private static func line(ofParkIn file: SourceFile) -> Int? {
    let tokens = file.tokens
    let call = ["GreenThread", ".", "park", "("]
    return tokens.indices.dropLast(3).first { start in
      tokens[start..<(start + 4)].map(\.text) == call
    }.map { tokens[$0].line }
  }
}
