internal import CGreenThreads

/// Watches for stack overflows while a scheduler runs on this OS thread.
enum OverflowWatch {
  static func begin() {
    // SAFETY: the offset is a constant of the record's layout; the handler only reads.
    let offset = unsafe MemoryLayout<ThreadRecord>.offset(of: \.label) ?? 0
    _ = cgreenthreads_watch_overflow(offset, StackClass.guardSize)
  }

  static func end() {
    cgreenthreads_unwatch_overflow()
  }
}

/// What the main thread of a process may use, which is what the body of `run` gets.
var mainStackSize: Int {
  min(cgreenthreads_main_stack_limit(), 1 << 30)
}

/// The Swift task whose job runs on this OS thread, if any.
var currentTask: UnsafeMutableRawPointer? {
  unsafe cgreenthreads_current_task()
}

/// Writes a report to standard error, as the last thing before the program ends.
func printToStandardError(_ text: String) {
  var text = text
  text.withUTF8 { bytes in
    unsafe bytes.withMemoryRebound(to: CChar.self) { characters in
      if let base = characters.baseAddress {
        unsafe cgreenthreads_print_error(base, characters.count)
      }
    }
  }
}
