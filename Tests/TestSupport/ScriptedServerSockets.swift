import Glibc

/// Plain sockets on 127.0.0.1, for servers that misbehave.
public enum LoopbackSocket {
    /// A system call that failed.
    public struct Failure: Error {
        /// Its name.
        public let call: String
        /// What `errno` held.
        public let number: Int32
    }

    /// A socket bound to a free port; the caller closes it.
    public static func bound() throws -> (descriptor: Int32, port: UInt16) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(call: "socket", number: errno) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let failed = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(descriptor, generic, size) != 0 || getsockname(descriptor, generic, &size) != 0
            }
        }
        guard !failed else {
            close(descriptor)
            throw Failure(call: "bind", number: errno)
        }
        return (descriptor, UInt16(bigEndian: address.sin_port))
    }

    /// Runs a closure on a thread of its own, with every signal held back.
    public static func onThread(_ body: @escaping @Sendable () -> Void) {
        final class Start: Sendable {
            let body: @Sendable () -> Void
            init(_ body: @escaping @Sendable () -> Void) { self.body = body }
        }
        let context = Unmanaged.passRetained(Start(body)).toOpaque()
        var thread = pthread_t()
        let failed = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<Start>.fromOpaque(context).takeRetainedValue().body()
                return nil
            }, context)
        precondition(failed == 0, "no thread for a test server")
        pthread_detach(thread)
    }

    /// Sends everything; false when the other side is gone.
    public static func sendAll(_ descriptor: Int32, _ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { raw in
            var rest = raw[...]
            while !rest.isEmpty {
                let count = send(
                    descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count,
                    Int32(MSG_NOSIGNAL))
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { return false }
                rest = rest.dropFirst(count)
            }
            return true
        }
    }

    /// Waits up to this long for the other side to hang up.
    static func peerIsGone(_ descriptor: Int32, afterMilliseconds milliseconds: Int32) -> Bool {
        var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&poller, 1, milliseconds) > 0 else { return false }
        var byte: UInt8 = 0
        let count = recv(descriptor, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT))
        return count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)
    }
}

/// A port on 127.0.0.1 that refuses connections for as long as the value lives.
public final class RefusingPort: Sendable {
    private let descriptor: Int32
    /// The port.
    public let port: UInt16

    /// Takes a port without listening on it.
    public init() throws { (descriptor, port) = try LoopbackSocket.bound() }

    deinit { close(descriptor) }
}

/// A port on 127.0.0.1 whose queue is full: a connection to it never stands.
public final class UnansweringPort: Sendable {
    private let descriptors: [Int32]
    /// The port.
    public let port: UInt16

    /// Listens, fills the queue and never accepts.
    public init() throws {
        let (listener, port) = try LoopbackSocket.bound()
        guard listen(listener, 0) == 0 else { throw LoopbackSocket.Failure(call: "listen", number: errno) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        address.sin_port = port.bigEndian
        let fillers = (0..<4).map { _ in
            let filler = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
            _ = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                    connect(filler, generic, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            return filler
        }
        descriptors = [listener] + fillers
        self.port = port
    }

    deinit { for descriptor in descriptors { close(descriptor) } }
}
