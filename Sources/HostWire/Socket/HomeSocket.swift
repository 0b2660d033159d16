import AgentOSCore
import Glibc

/// The socket in a home's folder.
///
/// `sun_path` holds 108 bytes and a home's path may be longer, so the folder is opened and the socket is named
/// beneath its descriptor: `/proc/self/fd/N/host.sock`.
enum HomeSocket {
    /// Listens on the socket, 0600 from its first moment on.
    ///
    /// Whatever stood there before is replaced, so only the holder of the home's lock may call this. A
    /// client sees the name only when it can connect.
    static func listen(home: String) throws(Fault) -> Int32 {
        let folder = try open(home)
        defer { close(folder) }
        let socket = try make()
        let fresh = WireProtocol.socketName + ".new"
        unlinkat(folder, fresh, 0)
        guard fchmod(socket, 0o600) == 0, call(bind, socket, folder, fresh) == 0,
            Glibc.listen(socket, 64) == 0,
            renameat(folder, fresh, folder, WireProtocol.socketName) == 0
        else {
            let number = errno
            close(socket)
            unlinkat(folder, fresh, 0)
            throw .failed(
                "cannot listen on \(home)/\(WireProtocol.socketName): \(text(number))",
                hint: "see that the folder is on a local file system")
        }
        return socket
    }

    /// Removes the socket's name.
    static func remove(home: String) {
        guard let folder = try? open(home) else { return }
        unlinkat(folder, WireProtocol.socketName, 0)
        close(folder)
    }

    /// Connects; nil when nobody listens.
    static func connect(home: String) throws(Fault) -> Int32? {
        let folder = try open(home)
        defer { close(folder) }
        let socket = try make()
        if call(Glibc.connect, socket, folder, WireProtocol.socketName) == 0 { return socket }
        let number = errno
        close(socket)
        switch number {
        case ENOENT, ECONNREFUSED, EAGAIN, ECONNRESET: return nil
        case EACCES, EPERM:
            throw Fault(
                .noHost, "the host of \(home) belongs to another user",
                hint: "choose a home of your own: --home DIR")
        default:
            throw Fault(
                .noHost, "cannot connect to \(home)/\(WireProtocol.socketName): \(text(number))",
                hint: "see what runs: agentos host status")
        }
    }

    private static func open(_ home: String) throws(Fault) -> Int32 {
        let folder = Glibc.open(home, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else {
            throw .notFound("cannot open the home \(home): \(text(errno))", hint: "name another: --home DIR")
        }
        return folder
    }

    private static func make() throws(Fault) -> Int32 {
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let socket = Glibc.socket(AF_UNIX, kind, 0)
        guard socket >= 0 else {
            throw .failed("cannot make a socket: \(text(errno))", hint: "see ulimit -n")
        }
        return socket
    }

    private static func call(
        _ function: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Int32, _ socket: Int32, _ folder: Int32,
        _ name: String
    ) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let path = Array("/proc/self/fd/\(folder)/\(name)".utf8)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.prefix($0.count - 1)) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                function(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    private static func text(_ number: Int32) -> String { String(cString: strerror(number)) }
}
