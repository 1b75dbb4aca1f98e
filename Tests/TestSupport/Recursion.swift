/// Uses stack until there is none: about half a kilobyte a call.
@inline(never)
public func recurse(_ depth: Int) -> Int {
  let frame = (depth, depth, depth, depth, depth, depth, depth, depth)
  let deeper = depth == 0 ? 0 : recurse(depth - 1)
  return deeper &+ frame.0 &- frame.7 &+ 1
}
