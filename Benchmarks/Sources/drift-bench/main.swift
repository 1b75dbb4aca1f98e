import GreenThreads

let arguments = Array(CommandLine.arguments.dropFirst())
switch arguments.first {
case "yield": try yieldBenchmark(threads: Int(arguments.dropFirst().first ?? "2") ?? 2)
case "yield-sites": try yieldSitesBenchmark()
case "spawn-join": try spawnJoinBenchmark()
default: print("usage")
}
