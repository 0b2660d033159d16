/// One name and value; names compare without case.
public struct HTTPHeader: Sendable, Hashable {
    /// The name as it was written.
    public let name: String
    /// The value without the spaces around it.
    public let value: String
    /// A name and a value.
    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// The clocks of one exchange; nil never runs out.
public struct HTTPTimeouts: Sendable, Hashable {
    /// Until the connection stands, TLS included.
    public var connect: Duration?
    /// From the start to the first byte of the body: a model may think long before it speaks.
    public var firstByte: Duration?
    /// Between two bytes; stands still while the reader does not read.
    public var idle: Duration?
    /// From the start to the end.
    public var total: Duration?

    /// Clocks for a streaming model by default: 10 s, 120 s, 60 s and no end.
    public init(
        connect: Duration? = .seconds(10), firstByte: Duration? = .seconds(120),
        idle: Duration? = .seconds(60),
        total: Duration? = nil
    ) {
        self.connect = connect
        self.firstByte = firstByte
        self.idle = idle
        self.total = total
    }
}

/// What is asked of a server.
public struct HTTPRequest: Sendable {
    /// The verb, as `GET` or `POST`.
    public var method: String
    /// An absolute http or https URL, without user and password.
    public var url: String
    /// Sent in this order.
    public var headers: [HTTPHeader]
    /// The bytes to send; nil sends no body.
    public var body: [UInt8]?
    /// The clocks.
    public var timeouts: HTTPTimeouts
    /// The most bytes of body that are taken.
    public var maxBodyBytes: Int
    /// A file of certificates that are trusted in place of the machine's; nil for those.
    public var authorities: String?

    /// A request with the clocks of a streaming model and a body of at most 64 MiB.
    public init(
        method: String = "GET", url: String, headers: [HTTPHeader] = [], body: [UInt8]? = nil,
        timeouts: HTTPTimeouts = HTTPTimeouts(), maxBodyBytes: Int = 64 << 20,
        authorities: String? = nil
    ) {
        self.authorities = authorities
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeouts = timeouts
        self.maxBodyBytes = maxBodyBytes
    }

    /// Refuses what would change the shape of the request on the wire.
    func check() throws(HTTPFailure) {
        let isName = { (text: String) in
            !text.isEmpty
                && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ":") }
        }
        guard isName(method) else { throw .invalidRequest("the method is not one word") }
        for header in headers {
            guard isName(header.name) else { throw .invalidRequest("a header's name is not one word") }
            guard header.value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
                throw .invalidRequest("the value of \(header.name) holds control characters")
            }
        }
    }
}

/// The first part of an answer.
public struct HTTPResponseHead: Sendable, Hashable {
    /// 200, 404, …; never 1xx.
    public let status: Int
    /// In the order they came.
    public let headers: [HTTPHeader]

    /// A status and its headers.
    public init(status: Int, headers: [HTTPHeader]) {
        self.status = status
        self.headers = headers
    }

    /// The first value under this name, in any case.
    public subscript(name: String) -> String? {
        let wanted = name.lowercased()
        return headers.first { $0.name.lowercased() == wanted }?.value
    }
}

/// An answer whose body is still coming.
public struct HTTPResponse: Sendable {
    /// Status and headers.
    public let head: HTTPResponseHead
    /// The bytes as they come; dropping it ends the transfer.
    public let body: HTTPBody
}
