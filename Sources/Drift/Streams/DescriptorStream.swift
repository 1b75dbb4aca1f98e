/// A stream that is one descriptor and nothing else, so that the kernel can move its bytes by
/// itself.
protocol DescriptorStream: AnyObject {
  /// The descriptor; nil when the stream has another way at the moment.
  var streamDescriptor: Descriptor? { get }
}

extension Descriptor: DescriptorStream {
  var streamDescriptor: Descriptor? { self }
}

extension TCPStream: DescriptorStream {
  var streamDescriptor: Descriptor? { descriptor }
}
