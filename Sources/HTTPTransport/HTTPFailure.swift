/// Why an exchange with a server gave no complete answer.
///
/// Its texts name hosts and limits, never a path, a query, a header or a body (INV-7).
public enum HTTPFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// Which clock ran out.
    public enum Phase: String, Sendable, Hashable, CaseIterable {
        /// Until the connection stood, TLS included.
        case connect
        /// From the start of the request to the first byte of the body.
        case firstByte
        /// Between two bytes of the body.
        case idle
        /// From the start to the end.
        case total
    }

    /// The URL, a header or the method cannot be sent.
    case invalidRequest(String)
    /// The policy forbids this URL.
    case forbidden(String)
    /// The host's name, or the proxy's, has no address.
    case unresolvable(host: String)
    /// Nobody listens there.
    case refused(host: String)
    /// No route, no network, or the connection died while it was made.
    case unreachable(host: String)
    /// The server let this clock run out.
    case timedOut(Phase)
    /// The handshake or the certificate failed.
    case tls(String)
    /// The connection ended before the answer was complete.
    case cut
    /// What came is not HTTP.
    case malformed(String)
    /// More than this many bytes came.
    case tooLarge(limit: Int)
    /// The task that asked was cancelled, or the answer was dropped.
    case cancelled
    /// The transport was shut down.
    case closed

    /// The cause in a few words.
    public var description: String {
        switch self {
        case .invalidRequest(let what): return "the request cannot be sent: \(what)"
        case .forbidden(let what): return "the address is not allowed: \(what)"
        case .unresolvable(let host): return "\(host) has no address"
        case .refused(let host): return "\(host) refused the connection"
        case .unreachable(let host): return "\(host) cannot be reached"
        case .timedOut(.connect): return "no connection within the time allowed"
        case .timedOut(.firstByte): return "no answer within the time allowed"
        case .timedOut(.idle): return "the answer stopped half way and nothing more came"
        case .timedOut(.total): return "the answer was not complete within the time allowed"
        case .tls(let what): return "no secure connection: \(what)"
        case .cut: return "the connection ended before the answer was complete"
        case .malformed(let what): return "the answer is not HTTP: \(what)"
        case .tooLarge(let limit): return "the answer is larger than \(limit) bytes"
        case .cancelled: return "cancelled"
        case .closed: return "the program is shutting down"
        }
    }
}
