import CCurl
import Glibc

/// One easy handle at work; lives on the loop's thread only.
final class Transfer {
    let id: UInt64
    let handle: UnsafeMutableRawPointer
    let exchange: Exchange
    private let url: HTTPURL
    private let request: HTTPRequest
    /// When the whole exchange must be over.
    private let end: ContinuousClock.Instant?
    private var headerList: UnsafeMutablePointer<curl_slist>?
    private let errorText: UnsafeMutablePointer<CChar>
    private var head = HeadParser()
    private var received = 0
    private var isPaused = false
    private var isDraining = false
    /// When the next byte must have come; nil while the reader holds the transfer up.
    private var nextByte: (at: ContinuousClock.Instant, phase: HTTPFailure.Phase)?
    /// Set where we end the transfer ourselves; wins over what curl says.
    private var ownFailure: HTTPFailure?

    init(
        id: UInt64, handle: UnsafeMutableRawPointer, exchange: Exchange, url: HTTPURL, request: HTTPRequest,
        now: ContinuousClock.Instant
    ) {
        self.id = id
        self.handle = handle
        self.exchange = exchange
        self.url = url
        self.request = request
        end = request.timeouts.total.map { now + $0 }
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        nextByte = request.timeouts.firstByte.map { (now + $0, .firstByte) }
        configure()
    }

    /// When to give up, and why.
    var deadline: (at: ContinuousClock.Instant, phase: HTTPFailure.Phase)? {
        guard let end else { return nextByte }
        guard let nextByte, nextByte.at < end else { return (end, .total) }
        return nextByte
    }

    deinit {
        curl_slist_free_all(headerList)
        errorText.deallocate()
    }

    private func configure() {
        let set = { (option: CURLoption, value: Int) in _ = ccurl_set_long(self.handle, option, value) }
        set(CURLOPT_NOSIGNAL, 1)
        set(CURLOPT_FOLLOWLOCATION, 0)
        set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        set(CURLOPT_TCP_KEEPALIVE, 1)
        set(CURLOPT_PIPEWAIT, url.isSecure ? 1 : 0)
        set(CURLOPT_CONNECTTIMEOUT_MS, Self.milliseconds(request.timeouts.connect))
        ccurl_close_sockets_on_exec(handle)
        _ = ccurl_set_text(handle, CURLOPT_PROTOCOLS_STR, "http,https")
        _ = ccurl_set_text(handle, CURLOPT_URL, url.text)
        if let authorities = request.authorities {
            _ = ccurl_set_text(handle, CURLOPT_CAINFO, authorities)
            _ = ccurl_set_text(handle, CURLOPT_CAPATH, nil)
        }
        if url.isLoopback { _ = ccurl_set_text(handle, CURLOPT_PROXY, "") }
        _ = ccurl_set_pointer(handle, CURLOPT_ERRORBUFFER, errorText)
        if let body = request.body {
            body.withUnsafeBytes { bytes in
                _ = bytes.baseAddress.map { ccurl_set_body(handle, $0, bytes.count) }
                if bytes.isEmpty { _ = ccurl_set_body(handle, "", 0) }
            }
        }
        if request.method == "HEAD" { set(CURLOPT_NOBODY, 1) }
        _ = ccurl_set_text(handle, CURLOPT_CUSTOMREQUEST, request.method)
        let own =
            ["Expect:"]
            + (request.headers.contains { $0.name.lowercased() == "user-agent" }
                ? [] : ["User-Agent: agentos"])
        for line in own
            + request.headers.map({ $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" })
        {
            headerList = curl_slist_append(headerList, line)
        }
        _ = ccurl_set_list(handle, CURLOPT_HTTPHEADER, headerList)
        let context = Unmanaged.passUnretained(self).toOpaque()
        _ = ccurl_set_callback(
            handle, CURLOPT_HEADERFUNCTION, CURLOPT_HEADERDATA,
            { bytes, size, count, context in
                Transfer.at(context)?.tookHeader(UnsafeRawBufferPointer(start: bytes, count: size * count))
                    ?? 0
            }, context)
        _ = ccurl_set_callback(
            handle, CURLOPT_WRITEFUNCTION, CURLOPT_WRITEDATA,
            { bytes, size, count, context in
                Transfer.at(context)?.tookBody(UnsafeRawBufferPointer(start: bytes, count: size * count)) ?? 0
            }, context)
    }

    private static func at(_ context: UnsafeMutableRawPointer?) -> Transfer? {
        context.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
    }

    private static func milliseconds(_ duration: Duration?) -> Int {
        guard let duration else { return Int(Int32.max) }
        let parts = duration.components
        return max(1, Int(clamping: parts.seconds * 1000 + parts.attoseconds / 1_000_000_000_000_000))
    }

    private func tookHeader(_ line: UnsafeRawBufferPointer) -> Int {
        do throws(HTTPFailure) {
            if let head = try head.line(line) { exchange.arrived(head) }
            return line.count
        } catch {
            ownFailure = error
            return 0
        }
    }

    private func tookBody(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard received + bytes.count <= request.maxBodyBytes else {
            ownFailure = .tooLarge(limit: request.maxBodyBytes)
            return 0
        }
        switch exchange.offer(bytes) {
        case .taken:
            received += bytes.count
            restartIdleClock()
            return bytes.count
        case .pause:
            isPaused = true
            nextByte = nil
            return ccurl_pause_writing()
        case .stop:
            ownFailure = .cancelled
            return 0
        }
    }

    private func restartIdleClock() {
        guard !isDraining else { return }
        nextByte = request.timeouts.idle.map { (ContinuousClock.now + $0, .idle) }
    }

    /// Lets the sender go on after the reader has caught up.
    func resume() {
        guard isPaused else { return }
        isPaused = false
        restartIdleClock()
        curl_easy_pause(handle, CURLPAUSE_CONT)
    }

    /// Gives the server a second to end the answer by itself.
    func drain() {
        resume()
        nextByte = (ContinuousClock.now + .seconds(1), .idle)
        isDraining = true
    }

    /// The failure that curl's result stands for; nil when the answer is complete.
    func failure(of code: CURLcode) -> HTTPFailure? {
        if let ownFailure { return ownFailure }
        let detail = String(cString: errorText)
        switch code {
        case CURLE_OK: return nil
        case CURLE_COULDNT_RESOLVE_HOST: return .unresolvable(host: url.host)
        case CURLE_COULDNT_RESOLVE_PROXY: return .unresolvable(host: "the proxy")
        case CURLE_COULDNT_CONNECT:
            var number = 0
            _ = ccurl_get_long(handle, CURLINFO_OS_ERRNO, &number)
            return number == Int(ECONNREFUSED)
                ? .refused(host: url.authority) : .unreachable(host: url.authority)
        case CURLE_OPERATION_TIMEDOUT: return .timedOut(.connect)
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
            CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS,
            CURLE_SSL_PINNEDPUBKEYNOTMATCH, CURLE_USE_SSL_FAILED:
            return .tls(detail.isEmpty ? String(cString: curl_easy_strerror(code)) : detail)
        case CURLE_PARTIAL_FILE, CURLE_GOT_NOTHING, CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_HTTP2_STREAM:
            return .cut
        case CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY, CURLE_BAD_CONTENT_ENCODING, CURLE_HTTP2:
            return .malformed(String(cString: curl_easy_strerror(code)))
        case CURLE_URL_MALFORMAT: return .invalidRequest("the URL is not well formed")
        default:
            return head.isStarted ? .cut : .unreachable(host: url.authority)
        }
    }
}

/// Header lines in, one head out; interim 1xx answers and trailers are dropped.
struct HeadParser {
    private static let limit = 256 << 10
    private var status: Int?
    private var headers: [HTTPHeader] = []
    private var size = 0
    private var isDone = false

    /// Whether a status line has come.
    var isStarted: Bool { status != nil }

    mutating func line(_ bytes: UnsafeRawBufferPointer) throws(HTTPFailure) -> HTTPResponseHead? {
        guard !isDone else { return nil }
        size += bytes.count
        guard size <= Self.limit else { throw .tooLarge(limit: Self.limit) }
        let line = bytes.prefix { $0 != 0x0D && $0 != 0x0A }
        if line.starts(with: "HTTP/".utf8) {
            let words = line.split(separator: 0x20, maxSplits: 2)
            guard words.count >= 2, let code = Int(String(decoding: words[1], as: UTF8.self)) else {
                throw .malformed("no status")
            }
            status = code
            headers = []
        } else if line.isEmpty {
            guard let status, status >= 200 else { return nil }
            isDone = true
            return HTTPResponseHead(status: status, headers: headers)
        } else if let colon = line.firstIndex(of: UInt8(ascii: ":")) {
            let text = { (part: Slice<UnsafeRawBufferPointer>) in
                String(decoding: part.drop { $0 == 0x20 || $0 == 0x09 }, as: UTF8.self)
            }
            var value = line[line.index(after: colon)...]
            while let last = value.last, last == 0x20 || last == 0x09 { value.removeLast() }
            headers.append(HTTPHeader(text(line[..<colon]), text(value)))
        }
        return nil
    }
}
