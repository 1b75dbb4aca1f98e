func serveEcho(port: UInt16) throws {}
func serveHello(port: UInt16) throws {}
