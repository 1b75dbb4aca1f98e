/// Bytes in both directions, such as a connection: one green thread reads while another writes.
public typealias DuplexStream = ReadableStream & WritableStream
