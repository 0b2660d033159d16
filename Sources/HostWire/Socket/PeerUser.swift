import AgentOSCore
import Glibc
import NIOCore
import NIOPosix

/// The Unix user at the other end of a socket, as the kernel says.
struct PeerUser: Sendable {
    /// `struct ucred`.
    private struct Credentials: Sendable {
        var pid: Int32 = 0
        var uid: UInt32 = 0
        var gid: UInt32 = 0
    }

    /// The user's number.
    let uid: UInt32

    /// Asks the kernel; on any thread.
    static func of(_ channel: any Channel) -> EventLoopFuture<PeerUser> {
        guard let provider = channel as? any SocketOptionProvider else {
            return channel.eventLoop.makeFailedFuture(Fault.failed("the connection is not a socket"))
        }
        let credentials: EventLoopFuture<Credentials> = provider.unsafeGetSocketOption(
            level: .socket, name: NIOBSDSocket.Option(rawValue: SO_PEERCRED))
        return credentials.map { PeerUser(uid: $0.uid) }
    }

    /// Whether this user may speak to this process: the same one, or root.
    var isAdmitted: Bool { uid == 0 || uid == geteuid() }

    /// Who acts for a client that says this of itself.
    func actor(_ hello: ClientHello?) -> Actor {
        Actor(kind: .user, name: hello?.name ?? UserName.of(uid), uid: uid, peer: hello?.peer)
    }
}

/// Names of Unix users.
public enum UserName {
    /// The user's name, or `uid N` for one without.
    public static func of(_ uid: UInt32) -> String {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 16_384)
        guard getpwuid_r(uid, &entry, &buffer, buffer.count, &found) == 0, let found,
            let name = found.pointee.pw_name
        else { return "uid \(uid)" }
        return String(cString: name)
    }
}
