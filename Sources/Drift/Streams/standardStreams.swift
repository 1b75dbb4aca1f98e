internal import CoreShift

// The same objects for as long as one `run` lasts, so that two callers that read by turns do not
// lose each other's edges.

/// Standard input, read without changing it for others; see ``InheritedStream``.
///
/// The same stream at each call within one `run`. It has no buffer: a ``BufferedReader`` is made
/// once, and kept.
///
/// - Throws: `CoreError` with EBADF when the program was started without it.
public var standardInput: InheritedStream {
  get throws { try ReactorEvents.current(for: "standardInput").standardStream(0, for: .reading) }
}

/// Standard output, written without changing it for others; see ``InheritedStream``.
///
/// Each write is sent at once; a ``BufferedWriter`` collects, and wants a flush at the end. It
/// stands beside `print`, whose buffer is another one. Where nobody reads any more (`| head -1`) a
/// write is `CoreError` with EPIPE and no signal: catch it, and end.
///
/// - Throws: `CoreError` with EBADF when the program was started without it.
public var standardOutput: InheritedStream {
  get throws { try ReactorEvents.current(for: "standardOutput").standardStream(1, for: .writing) }
}

/// Standard error, written without changing it for others; see ``InheritedStream``.
///
/// - Throws: `CoreError` with EBADF when the program was started without it.
public var standardError: InheritedStream {
  get throws { try ReactorEvents.current(for: "standardError").standardStream(2, for: .writing) }
}
