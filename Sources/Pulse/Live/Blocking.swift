import Dispatch

/// Does work that blocks on threads that are not those of Swift's tasks.
enum Blocking {
    private static let queue = DispatchQueue(label: "agentos.files", attributes: .concurrent)

    /// Returns what the work returns or throws what it throws.
    static func value<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result(catching: work)) }
        }
    }
}
