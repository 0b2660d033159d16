import Glibc
import Synchronization

/// The threads of a `ScriptedServer`; they hold this, not the server, so that the server can end.
final class ScriptedServerCore: Sendable {
    struct Record {
        var requests: [ScriptedRequest] = []
        var connections = 0
        var open: Set<Int32> = []
        var isStopped = false
    }

    let record = Mutex(Record())
    let hangUps: AsyncStream<Void>
    private let hungUp: AsyncStream<Void>.Continuation
    private let listener: Int32
    private let answer: @Sendable (ScriptedRequest) -> ScriptedAnswer

    init(listener: Int32, answer: @escaping @Sendable (ScriptedRequest) -> ScriptedAnswer) {
        self.listener = listener
        self.answer = answer
        (hangUps, hungUp) = AsyncStream.makeStream()
    }

    func start() { LoopbackSocket.onThread { self.acceptAll() } }

    func stop() {
        let open = record.withLock { record in
            record.isStopped = true
            return record.open
        }
        for descriptor in open { shutdown(descriptor, Int32(SHUT_RDWR)) }
        shutdown(listener, Int32(SHUT_RDWR))
    }

    private func acceptAll() {
        while true {
            let descriptor = accept(listener, nil, nil)
            if descriptor < 0 {
                if errno == EINTR || errno == ECONNABORTED { continue }
                break
            }
            var one: Int32 = 1
            setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
            let isStopped = record.withLock { record in
                record.connections += 1
                if !record.isStopped { record.open.insert(descriptor) }
                return record.isStopped
            }
            if isStopped {
                close(descriptor)
            } else {
                LoopbackSocket.onThread { self.serve(descriptor) }
            }
        }
        close(listener)
    }

    private func serve(_ descriptor: Int32) {
        var reader = RequestReader(descriptor: descriptor)
        var isReset = false
        requests: while let request = reader.next() {
            record.withLock { $0.requests.append(request) }
            for step in answer(request).steps {
                switch perform(step, on: descriptor) {
                case .next: continue
                case .end: break requests
                case .reset:
                    isReset = true
                    break requests
                }
            }
        }
        record.withLock { _ = $0.open.remove(descriptor) }
        if isReset {
            var value = linger(l_onoff: 1, l_linger: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &value, socklen_t(MemoryLayout<linger>.size))
        }
        close(descriptor)
    }

    private enum Outcome { case next, end, reset }

    private func perform(_ step: ScriptedAnswer.Step, on descriptor: Int32) -> Outcome {
        switch step {
        case .send(let bytes):
            guard !LoopbackSocket.sendAll(descriptor, bytes) else { return .next }
        case .flood(let bytes, let times):
            guard (0..<times).contains(where: { _ in !LoopbackSocket.sendAll(descriptor, bytes) }) else {
                return .next
            }
        case .wait(let gate):
            while !gate.isOpen {
                guard !LoopbackSocket.peerIsGone(descriptor, afterMilliseconds: 2) else {
                    hungUp.yield()
                    return .end
                }
            }
            return .next
        case .stall:
            while !LoopbackSocket.peerIsGone(descriptor, afterMilliseconds: 1000) {}
        case .close: return .end
        case .reset: return .reset
        }
        hungUp.yield()
        return .end
    }
}

/// Reads requests of HTTP/1.1 with a length from a socket.
private struct RequestReader {
    /// How a client begins that wants TLS: it is answered in plain text.
    private static let handshake: UInt8 = 0x16
    let descriptor: Int32
    private var buffer: [UInt8] = []

    init(descriptor: Int32) { self.descriptor = descriptor }

    mutating func next() -> ScriptedRequest? {
        let blank = Array("\r\n\r\n".utf8)
        var searched = 0
        while true {
            if let end = Self.find(blank, in: buffer, from: max(0, searched - 3)) {
                return request(headEnd: end)
            }
            searched = buffer.count
            if buffer.first == Self.handshake {
                defer { buffer = [] }
                return ScriptedRequest(method: "TLS", target: "", headers: [:], body: buffer)
            }
            guard fill() else { return nil }
        }
    }

    private mutating func request(headEnd: Int) -> ScriptedRequest? {
        let lines = String(decoding: buffer[..<headEnd], as: UTF8.self).split(separator: "\r\n")
        let words = lines.first?.split(separator: " ") ?? []
        guard words.count == 3 else { return nil }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers[line[..<colon].lowercased()] = String(
                line[line.index(after: colon)...].drop { $0 == " " })
        }
        let length = headers["content-length"].flatMap { Int($0) } ?? 0
        while buffer.count < headEnd + 4 + length { guard fill() else { return nil } }
        let body = Array(buffer[(headEnd + 4)..<(headEnd + 4 + length)])
        buffer.removeFirst(headEnd + 4 + length)
        return ScriptedRequest(
            method: String(words[0]), target: String(words[1]), headers: headers, body: body)
    }

    private mutating func fill() -> Bool {
        var piece = [UInt8](repeating: 0, count: 64 << 10)
        let count = recv(descriptor, &piece, piece.count, 0)
        guard count > 0 else { return false }
        buffer += piece[..<count]
        return true
    }

    private static func find(_ wanted: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        guard bytes.count >= wanted.count, start <= bytes.count - wanted.count else { return nil }
        return (start...(bytes.count - wanted.count)).first {
            bytes[$0] == wanted[0] && bytes[$0..<($0 + wanted.count)].elementsEqual(wanted)
        }
    }
}
