// `import Drift` gives both pillars. This is the only file that re-exports a module.
@_exported public import CoreShift
@_exported public import GreenThreads
