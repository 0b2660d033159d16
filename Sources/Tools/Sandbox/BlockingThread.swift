import AgentOSCore
import CSandbox

/// Work that blocks, away from the threads of Swift's pool, of which there are as many as cores.
enum BlockingThread {
    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Runs a body on a thread of its own; where no thread can be had, on this one.
    static func start(_ run: @escaping @Sendable () -> Void) {
        let pointer = Unmanaged.passRetained(Body(run)).toOpaque()
        let error = csandbox_thread(
            { context in
                guard let context else { return }
                Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
            }, pointer)
        guard error != 0 else { return }
        Unmanaged<Body>.fromOpaque(pointer).release()
        run()
    }

    /// The value that a blocking body makes.
    static func value<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            start { continuation.resume(with: Result { try body() }) }
        }
    }
}
