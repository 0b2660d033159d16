import Synchronization

/// One request's life as a value: what has come, who waits, how it ended.
///
/// `open` → `ended`; every transition returns what the shell must do after it has left the lock.
struct ExchangeState {
    typealias HeadWaiter = CheckedContinuation<Result<HTTPResponseHead, HTTPFailure>, Never>
    typealias BodyWaiter = CheckedContinuation<Result<[UInt8]?, HTTPFailure>, Never>

    /// What the receiving side does with bytes that were offered.
    enum Offer { case taken, pause, stop }

    private let highWater: Int
    private var head: HTTPResponseHead?
    private var buffer: [UInt8] = []
    private var isPaused = false
    private var isDrained = false
    private var end: Result<Void, HTTPFailure>?
    private var headWaiter: HeadWaiter?
    private var bodyWaiter: BodyWaiter?

    init(highWater: Int) { self.highWater = highWater }

    var isEnded: Bool { end != nil }

    mutating func arrived(_ head: HTTPResponseHead) -> HeadWaiter? {
        guard end == nil, self.head == nil else { return nil }
        self.head = head
        defer { headWaiter = nil }
        return headWaiter
    }

    /// Takes all bytes or none: what was refused is offered again after `resume`.
    mutating func offer(_ bytes: UnsafeRawBufferPointer) -> (Offer, BodyWaiter?, [UInt8]) {
        guard end == nil else { return (.stop, nil, []) }
        if isDrained { return (.taken, nil, []) }
        if let waiter = bodyWaiter {
            bodyWaiter = nil
            return (.taken, waiter, Array(bytes))
        }
        guard buffer.isEmpty || buffer.count + bytes.count <= highWater else {
            isPaused = true
            return (.pause, nil, [])
        }
        buffer.append(contentsOf: bytes)
        return (.taken, nil, [])
    }

    mutating func finish(_ result: Result<Void, HTTPFailure>) -> (HeadWaiter?, BodyWaiter?) {
        guard end == nil else { return (nil, nil) }
        end = result
        defer { (headWaiter, bodyWaiter) = (nil, nil) }
        return (headWaiter, bodyWaiter)
    }

    /// From now on bytes are taken and forgotten.
    mutating func drain() {
        buffer = []
        isDrained = true
    }

    mutating func cancel() -> (HeadWaiter?, BodyWaiter?) {
        buffer = []
        return finish(.failure(.cancelled))
    }

    /// The head if it can be told now; otherwise the waiter is kept.
    mutating func awaitHead(_ waiter: HeadWaiter) -> Result<HTTPResponseHead, HTTPFailure>? {
        if let head { return .success(head) }
        if let end { return end.flatMap { .failure(.cut) } }
        headWaiter = waiter
        return nil
    }

    /// The next bytes, nil at the end, or nothing yet; and whether the sender waits to go on.
    mutating func awaitBytes(_ waiter: BodyWaiter) -> (Result<[UInt8]?, HTTPFailure>?, resumes: Bool) {
        if !buffer.isEmpty {
            defer { (buffer, isPaused) = ([], false) }
            return (.success(buffer), isPaused)
        }
        if let end { return (end.map { nil }, false) }
        guard bodyWaiter == nil else { return (.failure(.invalidRequest("the body has two readers")), false) }
        bodyWaiter = waiter
        defer { isPaused = false }
        return (nil, isPaused)
    }
}

/// The shell around `ExchangeState`: the loop's thread writes, one task reads.
final class Exchange: Sendable {
    private let state: Mutex<ExchangeState>

    init(highWater: Int) { state = Mutex(ExchangeState(highWater: highWater)) }

    var isEnded: Bool { state.withLock { $0.isEnded } }

    func arrived(_ head: HTTPResponseHead) {
        state.withLock { $0.arrived(head) }?.resume(returning: .success(head))
    }

    func offer(_ bytes: UnsafeRawBufferPointer) -> ExchangeState.Offer {
        let (offer, waiter, taken) = state.withLock { state in state.offer(bytes) }
        waiter?.resume(returning: .success(taken))
        return offer
    }

    func finish(_ failure: HTTPFailure?) {
        let result: Result<Void, HTTPFailure> = failure.map { .failure($0) } ?? .success(())
        tell(state.withLock { $0.finish(result) }, result)
    }

    func drain() { state.withLock { $0.drain() } }

    /// Returns whether there was something to cancel.
    func cancel() -> Bool {
        let (waiters, wasOpen) = state.withLock { state in
            let wasOpen = !state.isEnded
            return (state.cancel(), wasOpen)
        }
        tell(waiters, .failure(.cancelled))
        return wasOpen
    }

    func head() async throws(HTTPFailure) -> HTTPResponseHead {
        let result = await withCheckedContinuation { waiter in
            if let known = state.withLock({ $0.awaitHead(waiter) }) { waiter.resume(returning: known) }
        }
        return try result.get()
    }

    func bytes(resume: () -> Void) async throws(HTTPFailure) -> [UInt8]? {
        let result = await withCheckedContinuation { waiter in
            let (known, resumes) = state.withLock { $0.awaitBytes(waiter) }
            if resumes { resume() }
            if let known { waiter.resume(returning: known) }
        }
        return try result.get()
    }

    private func tell(
        _ waiters: (ExchangeState.HeadWaiter?, ExchangeState.BodyWaiter?), _ result: Result<Void, HTTPFailure>
    ) {
        waiters.0?.resume(returning: result.flatMap { .failure(.cut) })
        waiters.1?.resume(returning: result.map { nil })
    }
}

/// The reader's hold on a transfer: when the last one goes, the transfer ends.
final class ExchangeLease: Sendable {
    private let exchange: Exchange
    private let id: UInt64
    private let loop: TransferLoop
    private let isDrained = Mutex(false)

    init(_ exchange: Exchange, id: UInt64, loop: TransferLoop) {
        self.exchange = exchange
        self.id = id
        self.loop = loop
    }

    deinit {
        if !isDrained.withLock({ $0 }) { cancel() }
    }

    /// Leaves the rest to the loop, so that the connection can be used again.
    func drain() {
        isDrained.withLock { $0 = true }
        exchange.drain()
        loop.post(.drain(id))
    }

    func cancel() {
        if exchange.cancel() { loop.post(.cancel(id)) }
    }

    func head() async throws(HTTPFailure) -> HTTPResponseHead {
        let result = await withTaskCancellationHandler {
            await Self.caught { () async throws(HTTPFailure) in try await self.exchange.head() }
        } onCancel: {
            cancel()
        }
        return try result.get()
    }

    func bytes() async throws(HTTPFailure) -> [UInt8]? {
        let result = await withTaskCancellationHandler {
            await Self.caught { () async throws(HTTPFailure) in
                try await self.exchange.bytes { self.loop.post(.resume(self.id)) }
            }
        } onCancel: {
            cancel()
        }
        return try result.get()
    }

    private static func caught<Value: Sendable>(
        _ body: () async throws(HTTPFailure) -> Value
    ) async -> Result<Value, HTTPFailure> {
        do { return .success(try await body()) } catch { return .failure(error) }
    }
}

/// The bytes of an answer as they come.
///
/// Read by one task, once. A reader that stops reading stops the sender: at most a quarter of a mebibyte is held.
/// Unlike an `AsyncStream` it does not end normally when its task is cancelled: it throws `cancelled`.
public struct HTTPBody: AsyncSequence, Sendable {
    /// Some bytes, never none.
    public typealias Element = [UInt8]
    /// Every way the answer can fail to be complete.
    public typealias Failure = HTTPFailure

    let lease: ExchangeLease

    /// Reads what has not been read yet.
    public func makeAsyncIterator() -> Iterator { Iterator(lease: lease) }

    /// Takes the bytes one piece at a time.
    public struct Iterator: AsyncIteratorProtocol {
        let lease: ExchangeLease

        /// The next piece; nil after the last.
        public mutating func next() async throws(HTTPFailure) -> [UInt8]? { try await lease.bytes() }

        /// The next piece; nil after the last.
        public mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(HTTPFailure) -> [UInt8]? { try await lease.bytes() }
    }

    /// Says that nothing more is wanted, where the answer is known to be over.
    ///
    /// Other than dropping the body this keeps the connection, if the server ends the answer within a second.
    public func drain() { lease.drain() }

    /// All bytes at once; throws `tooLarge` beyond the limit.
    public func collect(upTo limit: Int) async throws(HTTPFailure) -> [UInt8] {
        var all: [UInt8] = []
        var iterator = makeAsyncIterator()
        while let piece = try await iterator.next() {
            guard all.count + piece.count <= limit else { throw .tooLarge(limit: limit) }
            all += piece
        }
        return all
    }

    /// Up to this many bytes from the start; what follows is not waited for, and a failure after some bytes is not told.
    public func prefix(upTo limit: Int) async -> [UInt8] {
        var all: [UInt8] = []
        var iterator = makeAsyncIterator()
        while all.count < limit, let piece = try? await iterator.next() { all += piece }
        return Array(all.prefix(limit))
    }
}
