/// One event of a `text/event-stream`.
public struct SSEEvent: Sendable, Hashable {
    /// `message` where the stream gives no name.
    public var name: String
    /// The data lines, joined by newlines.
    public var data: String
    /// The last id the stream has given, in this event or before.
    public var id: String?

    /// An event.
    public init(name: String = "message", data: String, id: String? = nil) {
        self.name = name
        self.data = data
        self.id = id
    }
}

/// Why a stream of events cannot be read on.
public enum SSEFailure: Error, Sendable, Hashable {
    /// A line, or the data of one event, is longer than this many bytes.
    case tooLong(limit: Int)
}

/// Server-sent events, decoded as the bytes come.
///
/// A value: bytes in, events out. Lines end with LF, CR or CRLF, split anywhere; a byte order mark at the start,
/// comments and unknown fields are skipped; bytes that are not UTF-8 become U+FFFD, and only once their line is
/// whole. What follows the last blank line is not an event, so a stream that was cut ends without it.
public struct SSEDecoder: Sendable {
    private let limit: Int
    private var line: [UInt8] = []
    private var afterCarriageReturn = false
    private var atStart = true
    private var name = ""
    private var data: [UInt8] = []
    private var hasData = false
    private var id: String?
    private var isDead = false

    /// A decoder that gives up on lines and events longer than this.
    public init(limit: Int = 1 << 20) { self.limit = limit }

    /// Appends the events that these bytes complete, also those before a failure.
    ///
    /// After a failure nothing more is decoded.
    public mutating func feed(_ bytes: [UInt8], into events: inout [SSEEvent]) throws(SSEFailure) {
        guard !isDead else { throw .tooLong(limit: limit) }
        var start = bytes.startIndex
        var index = start
        while index < bytes.endIndex {
            let byte = bytes[index]
            if byte != 0x0A && byte != 0x0D {
                afterCarriageReturn = false
                index += 1
                continue
            }
            if byte == 0x0A && afterCarriageReturn {
                afterCarriageReturn = false
            } else {
                try append(bytes[start..<index])
                afterCarriageReturn = byte == 0x0D
                if let event = try endLine() { events.append(event) }
            }
            index += 1
            start = index
        }
        try append(bytes[start...])
    }

    private mutating func append(_ bytes: ArraySlice<UInt8>) throws(SSEFailure) {
        guard line.count + bytes.count <= limit else { throw die() }
        line.append(contentsOf: bytes)
    }

    private mutating func die() -> SSEFailure {
        isDead = true
        line = []
        data = []
        return .tooLong(limit: limit)
    }

    private mutating func endLine() throws(SSEFailure) -> SSEEvent? {
        defer { line.removeAll(keepingCapacity: true) }
        if atStart {
            atStart = false
            if line.starts(with: [0xEF, 0xBB, 0xBF]) { line.removeFirst(3) }
        }
        guard !line.isEmpty else { return endEvent() }
        let colon = line.firstIndex(of: UInt8(ascii: ":"))
        let field = line[..<(colon ?? line.endIndex)]
        var value = colon.map { line[($0 + 1)...] } ?? []
        if value.first == 0x20 { value = value.dropFirst() }
        if field.elementsEqual("data".utf8) {
            guard data.count + value.count + 1 <= limit else { throw die() }
            if hasData { data.append(0x0A) }
            hasData = true
            data.append(contentsOf: value)
        } else if field.elementsEqual("event".utf8) {
            name = String(decoding: value, as: UTF8.self)
        } else if field.elementsEqual("id".utf8), !value.contains(0) {
            id = String(decoding: value, as: UTF8.self)
        }
        return nil
    }

    private mutating func endEvent() -> SSEEvent? {
        defer {
            name = ""
            hasData = false
            data.removeAll(keepingCapacity: true)
        }
        guard hasData else { return nil }
        return SSEEvent(
            name: name.isEmpty ? "message" : name, data: String(decoding: data, as: UTF8.self), id: id)
    }
}
