import Synchronization

/// Asks HTTP servers and streams their answers, over libcurl.
///
/// One thread does all network work; connections are kept and reused, HTTP/2 where TLS offers it. Proxies are those
/// of the environment, except for this machine's own addresses. Redirects are not followed: the caller sees the 3xx,
/// so a key never travels to a host it was not meant for. Dropping the last reference ends every transfer.
public final class HTTPTransport: Sendable {
    private static let highWater = 256 << 10
    private let loop = TransferLoop()
    private let lastID = Mutex<UInt64>(0)

    /// A transport with a thread of its own.
    public init() {}

    deinit { loop.stop() }

    /// Sends a request and returns when the head of the answer has come; the body streams after it.
    ///
    /// Cancelling the task ends the transfer, here and while the body is read.
    public func send(_ request: HTTPRequest) async throws(HTTPFailure) -> HTTPResponse {
        try request.check()
        let url = try HTTPURL(request.url)
        let id = lastID.withLock { last in
            last += 1
            return last
        }
        let exchange = Exchange(highWater: Self.highWater)
        let lease = ExchangeLease(exchange, id: id, loop: loop)
        loop.post(.start(id, url, request, exchange))
        let head = try await lease.head()
        return HTTPResponse(head: head, body: HTTPBody(lease: lease))
    }

    /// Ends every transfer with `closed`; later requests fail with it too.
    public func shutDown() { loop.stop() }
}
