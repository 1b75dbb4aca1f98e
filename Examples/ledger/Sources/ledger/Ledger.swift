import GRDB

/// What was spent on what, in an SQLite database, by GRDB's `async` functions.
struct Ledger: Sendable {
  private let database: DatabaseQueue

  init(path: String) throws {
    database = try DatabaseQueue(path: path)
    try database.write { database in
      try database.execute(
        sql: "CREATE TABLE IF NOT EXISTS entry (id INTEGER PRIMARY KEY, what TEXT, price INTEGER)")
    }
  }

  /// Adds an entry, and gives its number.
  func add(_ what: String, price: Int) async throws -> Int64 {
    try await database.write { database in
      try database.execute(
        sql: "INSERT INTO entry (what, price) VALUES (?, ?)", arguments: [what, price])
      return database.lastInsertedRowID
    }
  }

  /// What all entries cost together.
  func total() async throws -> Int {
    try await database.read { database in
      try Int.fetchOne(database, sql: "SELECT SUM(price) FROM entry") ?? 0
    }
  }
}
