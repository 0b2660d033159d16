import AgentOSCore
import FoundationEssentials
import Glibc
import Synchronization

/// The locks of the sessions that this process runs.
///
/// The tool processes of a session inherit its lock, and a lock lives as long as any of them: a host that has
/// taken it knows that nothing of an earlier run can still write.
final class SessionLocks: Sendable {
    private let paths: SessionPaths
    private let lease: HostLease
    private let held = Mutex<[SessionID: Int32]>([:])
    private let before = Mutex<[SessionID: HostLease]>([:])

    init(paths: SessionPaths, lease: HostLease) {
        self.paths = paths
        self.lease = lease
    }

    deinit { letGo() }

    /// Closes all of them; a lock whose session still has a process stays until that ends.
    func letGo() {
        let descriptors = held.withLock { held in
            defer { held = [:] }
            return held.values.map { $0 }
        }
        for descriptor in descriptors { close(descriptor) }
    }

    /// Whether no process of an earlier host's run of a session still lives.
    func isFree(_ id: SessionID) throws -> Bool {
        if held.withLock({ $0[id] != nil }) { return true }
        let descriptor = open(paths.lock(id), O_RDWR | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return errno == ENOENT }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_EX | LOCK_NB) == 0
    }

    /// The descriptor of a session's lock, waiting for processes of an earlier run to end.
    func take(_ id: SessionID) async throws -> Int32 {
        if let descriptor = held.withLock({ $0[id] }) { return descriptor }
        let (folder, path) = (paths.folder(id), paths.lock(id))
        let descriptor = try await Blocking.value {
            try makeFolder(folder)
            let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
            guard descriptor >= 0 else {
                throw Fault.failed(
                    "session \(id): its lock \(path) cannot be opened: \(String(cString: strerror(errno)))")
            }
            while flock(descriptor, LOCK_EX) != 0 {
                guard errno == EINTR else {
                    close(descriptor)
                    throw Fault.failed(
                        "session \(id): its lock \(path) cannot be taken: \(String(cString: strerror(errno)))"
                    )
                }
            }
            return descriptor
        }
        let (kept, isNew) = held.withLock { held in
            if let first = held[id] { return (first, false) }
            held[id] = descriptor
            return (descriptor, true)
        }
        if isNew { sign(descriptor, id) } else { close(descriptor) }
        return kept
    }

    /// Which host held a session's lock last, before this one.
    func earlier(_ id: SessionID) async -> HostLease? {
        if held.withLock({ $0[id] }) != nil { return before.withLock { $0[id] } }
        let path = paths.lock(id)
        return try? await Blocking.value {
            let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
            guard descriptor >= 0 else { return nil }
            defer { close(descriptor) }
            return written(in: descriptor)
        }
    }

    /// Notes in a lock's file who holds it, and remembers who did.
    ///
    /// What is written there decides nothing: the lock does.
    private func sign(_ descriptor: Int32, _ id: SessionID) {
        if let last = written(in: descriptor), last != lease { before.withLock { $0[id] = last } }
        let text = Array("\(lease)\n".utf8)
        guard ftruncate(descriptor, 0) == 0 else { return }
        pwrite(descriptor, text, text.count, 0)
    }
}

/// What a lock's file says of its holder.
private func written(in descriptor: Int32) -> HostLease? {
    var bytes = [UInt8](repeating: 0, count: 1024)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    return count > 0 ? HostLease(String(decoding: bytes.prefix(count), as: UTF8.self)) : nil
}

/// Makes a folder and those above it, 0700.
func makeFolder(_ path: String) throws(Fault) {
    do {
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
        throw Fault.failed(
            "the folder \(path) cannot be made: \(error.localizedDescription)",
            hint: "look at the disk and the rights of the home")
    }
}
