import AgentOSCore
import CSandbox
import FoundationEssentials
import Glibc
import Synchronization

/// `host.lock`: whoever holds it is the only writer of the home.
///
/// The system lets go of it when the process ends, however it ends; no child inherits it.
final class HomeLock: Sendable {
    private let descriptor: Mutex<Int32?>

    private init(_ descriptor: Int32) { self.descriptor = Mutex(descriptor) }

    /// Takes the lock, or gives nil when another holds it.
    static func take(_ home: HomeFolder) throws(Fault) -> HomeLock? {
        let path = home.path + "/host.lock"
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else {
            throw .refused(
                "cannot open \(path): \(String(cString: strerror(errno)))",
                hint: "choose another home: --home DIR")
        }
        let result = csandbox_flock(file, 1)
        guard result == 0 else {
            close(file)
            if result == EWOULDBLOCK { return nil }
            throw .failed(
                "cannot lock \(path): \(String(cString: strerror(result)))",
                hint: "keep the home on a local file system")
        }
        let text = Array("\(getpid()) \(bootID)\n".utf8)
        ftruncate(file, 0)
        pwrite(file, text, text.count, 0)
        return HomeLock(file)
    }

    /// The process that says it holds the lock, for a person to read.
    static func holder(_ home: HomeFolder) -> Int32? {
        guard let data = try? Data(contentsOf: URL(filePath: home.path + "/host.lock")) else { return nil }
        let words = String(decoding: data, as: UTF8.self).split(whereSeparator: { $0 == " " || $0.isNewline })
        guard words.count == 2, String(words[1]) == bootID else { return nil }
        return Int32(words[0])
    }

    private static var bootID: String {
        guard let data = try? Data(contentsOf: URL(filePath: "/proc/sys/kernel/random/boot_id")) else {
            return "-"
        }
        return String(decoding: data, as: UTF8.self).filter { !$0.isNewline }
    }

    /// Gives the home up; the next may take it.
    func release() {
        let held = descriptor.withLock { descriptor in
            defer { descriptor = nil }
            return descriptor
        }
        if let held { close(held) }
    }

    deinit { release() }
}
