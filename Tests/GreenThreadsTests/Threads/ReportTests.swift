import TestSupport
import Testing

@testable import GreenThreads

@Suite struct ReportTests {
  @Test func `a report comes through whole, though signals interrupt its writing`() async {
    await #expect(processExitsWith: .success) {
      let report = String(repeating: "a line of a report\n", count: 4_000)
      let count = bytesThroughInterruptedStandardError { printToStandardError(report) }
      #expect(count == report.utf8.count)
    }
  }
}
