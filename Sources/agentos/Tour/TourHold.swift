import AgentOSCore
import CSandbox
import Glibc

/// The lock on a tour's marker: whoever holds it may remove and make the tour's home.
///
/// The engine's own lock is not enough: the tour kills its engine, and another tour could begin just then.
final class TourHold: Sendable {
    private let descriptor: Int32

    private init(_ descriptor: Int32) { self.descriptor = descriptor }

    /// Takes the lock, or gives nil when another tour holds it or has just removed the file.
    static func take(_ path: String) throws(Fault) -> TourHold? {
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else {
            throw .refused(
                "cannot open \(path): \(String(cString: strerror(errno)))", hint: "name another: --home DIR")
        }
        let hold = TourHold(file)
        let result = csandbox_flock(file, 1)
        guard result == 0 || result == EWOULDBLOCK else {
            throw .failed(
                "cannot lock \(path): \(String(cString: strerror(result)))",
                hint: "keep the tour on a local file system: --home DIR")
        }
        var held = stat()
        var now = stat()
        guard result == 0, fstat(file, &held) == 0, stat(path, &now) == 0, held.st_ino == now.st_ino else {
            return nil
        }
        return hold
    }

    deinit { close(descriptor) }
}
