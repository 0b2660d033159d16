import AgentOSCore
import Glibc

/// A client that sends bytes as it likes, on a thread's own blocking socket.
final class RawClient: Sendable {
    private let socket: Int32

    init(home: String) throws {
        let made = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) {
            $0.copyBytes(from: Array((home + "/host.sock").utf8))
        }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(made, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else { throw Fault.failed("cannot connect: errno \(errno)") }
        var limit = timeval(tv_sec: 240, tv_usec: 0)
        setsockopt(made, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        socket = made
    }

    func send(_ text: String) { send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    func endSending() { shutdown(socket, Int32(SHUT_WR)) }

    /// Lines until the other side ends, or so many.
    func lines(_ limit: Int = .max) -> [JSONValue] {
        var lines: [JSONValue] = []
        var pending: [UInt8] = []
        var byte: UInt8 = 0
        while lines.count < limit {
            let count = recv(socket, &byte, 1, 0)
            if count < 0, errno == EINTR { continue }
            guard count == 1 else { break }
            if byte != 0x0A {
                pending.append(byte)
                continue
            }
            lines.append((try? JSONText.decode(JSONValue.self, from: pending)) ?? .null)
            pending = []
        }
        return lines
    }

    deinit { close(socket) }
}

/// Runs a body that blocks on a thread of its own.
func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        let box = Unmanaged.passRetained(Work { continuation.resume(with: Result { try body() }) })
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { argument in
                if let argument { Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().run() }
                return nil
            }, box.toOpaque())
        pthread_detach(thread)
    }
}

private final class Work {
    let run: () -> Void
    init(_ run: @escaping () -> Void) { self.run = run }
}
