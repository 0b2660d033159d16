import CCurl

/// An absolute http or https URL, read by the same parser that will follow it.
public struct HTTPURL: Sendable, Hashable {
    /// The URL as it was given.
    public let text: String
    /// Whether the connection is encrypted.
    public let isSecure: Bool
    /// The host in lower case, without brackets; odd forms of IPv4 are normalised.
    public let host: String
    /// The port, also where the URL leaves it out.
    public let port: Int

    /// Reads a URL; throws what is wrong with it, without repeating it.
    public init(_ text: String) throws(HTTPFailure) {
        guard !text.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }) else {
            throw .invalidRequest("the URL holds spaces or control characters")
        }
        guard let handle = curl_url() else { throw .invalidRequest("out of memory") }
        defer { curl_url_cleanup(handle) }
        guard curl_url_set(handle, CURLUPART_URL, text, 0) == CURLUE_OK else {
            throw .invalidRequest("the URL is not absolute or not well formed")
        }
        func part(_ part: CURLUPart, _ flags: Int32 = 0) -> String? {
            var value: UnsafeMutablePointer<CChar>?
            guard curl_url_get(handle, part, &value, UInt32(flags)) == CURLUE_OK, let value else {
                return nil
            }
            defer { curl_free(value) }
            return String(cString: value)
        }
        let scheme = part(CURLUPART_SCHEME)?.lowercased()
        guard scheme == "http" || scheme == "https" else {
            throw .invalidRequest("the URL must begin with http:// or https://")
        }
        guard part(CURLUPART_USER) == nil, part(CURLUPART_PASSWORD) == nil else {
            throw .invalidRequest("the URL holds a user or password")
        }
        guard let host = part(CURLUPART_HOST)?.lowercased(), !host.isEmpty,
            let port = part(CURLUPART_PORT, CURLU_DEFAULT_PORT).flatMap({ Int($0) })
        else { throw .invalidRequest("the URL has no host") }
        self.text = text
        isSecure = scheme == "https"
        self.host = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        self.port = port
    }

    /// `host:port`, for messages.
    public var authority: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// Whether only this machine can answer.
    public var isLoopback: Bool {
        if host == "localhost" || host.hasSuffix(".localhost") || host == "::1" { return true }
        let mapped = host.hasPrefix("::ffff:") ? String(host.dropFirst(7)) : host
        let parts = mapped.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}

/// Which addresses a configuration may name.
public enum URLPolicy {
    /// Accepts https anywhere and http on this machine; http elsewhere only where it was asked for in so many words.
    @discardableResult
    public static func check(_ text: String, allowingPlain: Bool = false) throws(HTTPFailure) -> HTTPURL {
        let url = try HTTPURL(text)
        guard url.isSecure || url.isLoopback || allowingPlain else {
            throw .forbidden("http to \(url.authority) would send keys and prompts unencrypted")
        }
        return url
    }
}
