import AgentOSCore
import Glibc

/// Wakes a thread that polls; once woken it stays so.
final class WakeUp: Sendable {
    /// Readable from the first signal on.
    let descriptor: Int32
    private let sender: Int32

    init() throws(Fault) {
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
            throw .failed("cannot make a pair of sockets: errno \(errno)", hint: "see ulimit -n")
        }
        (descriptor, sender) = (ends[0], ends[1])
    }

    func signal() {
        var byte: UInt8 = 1
        write(sender, &byte, 1)
    }

    deinit {
        close(descriptor)
        close(sender)
    }
}
