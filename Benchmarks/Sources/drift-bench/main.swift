import Drift

let usage = """
  usage: drift-bench MEASUREMENT
    yield [N]            N green threads that only yield (default 2)
    yield-sites          four green threads, each with call sites of its own
    spawn-join           a million children, joined in batches of 1000
    channel              one producer, one consumer, no buffer
    pingpong             a value there and back over two channels
    lock                 a lock that nobody holds, taken and given up
    property-access [N]  a class's property, with N green threads parked inside of accesses
    async-round-trip [COUNT]
                       a green thread awaits an async function
    parked-memory N      what a sleeping green thread costs
    idle-connections N   what a connection costs that waits for a request
    soak SECONDS [N]     N connections (default 8000) with random traffic and endings, accounted for
    timers N             N sleepers with random deadlines between 1 and 2 s
    delayed N            N green threads that begin at random times between 1 and 2 s
    echo-server PORT     TCP echo, until it is ended
    http-hello PORT      a fixed HTTP/1.1 answer, until it is ended
    drain [BYTES]        a child's output, read and dropped on CoreShift alone (default 1 GiB)
    capture BYTES        a child's output, kept in memory
    many COUNT           children at once, 1 MiB from each on both outputs, kept in memory
    spawn-capture COUNT  /bin/true with both outputs captured, one at a time
    send-file [BYTES] [sendfile|buffer]
                         a file to a TCP connection, inside of the kernel or not (default 1 GiB)
    stream [BYTES] [unix|tcp|memory]
                         from one end of a connection to the other (default 1 GiB, unix)
    lines [COUNT]        lines of 60 bytes through a buffered reader (default 10 million)
    spawn-process COUNT [--at-once N] [--resident BYTES]
    spawn-clone COUNT [--resident BYTES]   the same on CoreShift alone, one after the other
  Each prints `metric value` lines, with the names that the peers use.
  """

let arguments = Array(CommandLine.arguments.dropFirst())

func number(_ index: Int, or fallback: Int? = nil) -> Int {
  if index < arguments.count, let value = Int(arguments[index]) { return value }
  if index >= arguments.count, let fallback { return fallback }
  print(usage)
  exitProcess(2)
}

func option(_ name: String, or fallback: Int) -> Int {
  guard let index = arguments.firstIndex(of: name) else { return fallback }
  return number(index + 1)
}

switch arguments.first {
case "yield": try yieldBenchmark(threads: number(1, or: 2))
case "yield-sites": try yieldSitesBenchmark()
case "spawn-join": try spawnJoinBenchmark()
case "channel": try channelBenchmark()
case "pingpong": try pingPongBenchmark()
case "lock": try lockPairBenchmark()
case "property-access": try propertyAccessBenchmark(parked: number(1, or: 0))
case "async-round-trip": try asyncRoundTripBenchmark(count: number(1, or: 1_000_000))
case "parked-memory": try parkedMemoryBenchmark(count: number(1))
case "idle-connections": try idleConnectionsBenchmark(count: number(1))
case "hold-connections": try holdConnections(port: UInt16(number(1)), count: number(2))
case "soak": try soak(seconds: number(1), connections: number(2, or: 8000))
case "soak-clients":
  try soakClients(port: UInt16(number(1)), seconds: number(2), count: number(3))
case "timers": try timersBenchmark(count: number(1), areDelayed: false)
case "delayed": try timersBenchmark(count: number(1), areDelayed: true)
case "echo-server": try serveEcho(port: UInt16(number(1)))
case "http-hello": try serveHello(port: UInt16(number(1)))
case "drain": try drainBenchmark(byteCount: number(1, or: 1 << 30))
case "capture": try captureBenchmark(byteCount: number(1))
case "many": try manyBenchmark(count: number(1))
case "spawn-capture": try spawnCaptureBenchmark(count: number(1))
case "send-file":
  try sendFileBenchmark(
    byteCount: number(1, or: 1 << 30), by: arguments.count > 2 ? arguments[2] : "sendfile")
case "stream":
  try streamBenchmark(
    byteCount: number(1, or: 1 << 30), over: arguments.count > 2 ? arguments[2] : "unix")
case "lines": try linesBenchmark(count: number(1, or: 10_000_000))
case "spawn-process":
  try spawnProcessBenchmark(
    count: number(1), atOnce: option("--at-once", or: 1), resident: option("--resident", or: 0))
case "spawn-clone":
  try spawnCloneBenchmark(count: number(1), resident: option("--resident", or: 0))
default:
  print(usage)
  exitProcess(2)
}
