// The first step of the article "From nothing to a graceful TCP service in ten steps".
import Drift

try Drift.run {
  try standardOutput.write("hello\n")
}
