import AgentOSCore
import FoundationEssentials
import Glibc
import HostWire

/// The folder that everything of a home is in.
struct HomeFolder: Sendable, Hashable {
    /// The absolute path.
    let path: String

    /// The event log.
    var log: String { path + "/agentos.db" }
    /// What a host in the background writes to.
    var hostLog: String { path + "/logs/host.log" }

    /// Opens a home, making it on first use, 0700.
    ///
    /// Refuses what belongs to another user, what is no folder and what cannot be written.
    static func open(_ path: String) throws(Fault) -> HomeFolder {
        var status = stat()
        if stat(path, &status) != 0 {
            guard errno == ENOENT else { throw unusable(path, errno) }
            try make(path)
            guard stat(path, &status) == 0 else { throw unusable(path, errno) }
        }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw .usage("the home \(path) is not a folder", hint: "name another: --home DIR")
        }
        // Root is refused too: what it writes there, the owner could not use any more.
        guard status.st_uid == geteuid() else {
            throw .refused(
                "the home \(path) belongs to \(UserName.of(status.st_uid))",
                hint: "choose one of your own: --home DIR")
        }
        if status.st_mode & 0o077 != 0, chmod(path, 0o700) != 0 {
            throw .refused("the home \(path) can be read by others: \(text(errno))", hint: "chmod 700 it")
        }
        guard access(path, R_OK | W_OK | X_OK) == 0 else {
            throw .refused(
                "the home \(path) cannot be written: \(text(errno))",
                hint: "choose one that can: --home DIR")
        }
        return HomeFolder(path: path)
    }

    /// A home that must be there already; what somebody uses for something else is left as it is.
    static func existing(_ path: String) throws(Fault) -> HomeFolder {
        var status = stat()
        guard stat(path, &status) == 0 else {
            guard errno == ENOENT || errno == ENOTDIR else { throw unusable(path, errno) }
            throw .notFound(
                "there is no home at \(path)", hint: "name another: --home DIR, or begin: agentos run GOAL")
        }
        if isForSomethingElse(path, status) {
            throw .notFound(
                "the folder \(path) is no home: it holds no log", hint: "name another: --home DIR")
        }
        return try open(path)
    }

    /// Whether a folder that others can read holds files, and none of a home.
    private static func isForSomethingElse(_ path: String, _ status: stat) -> Bool {
        guard status.st_mode & S_IFMT == S_IFDIR, status.st_uid == geteuid(), status.st_mode & 0o077 != 0,
            let names = try? FileManager.default.contentsOfDirectory(atPath: path)
        else { return false }
        return !names.isEmpty && Set(names).isDisjoint(with: ["agentos.db", "agentos.db-heads", "host.lock"])
    }

    /// Refuses a log that is gone or empty although the heads beside it say that it held events.
    func requireLog() throws(Fault) {
        var status = stat()
        guard stat(log + "-heads", &status) == 0, status.st_size > 0 else { return }
        if stat(log, &status) == 0, status.st_size > 0 { return }
        throw .failed("the log of \(path) is gone or empty", hint: "restore it: agentos home restore FILE")
    }

    /// A log of a host that has grown past this many bytes begins anew with the next host.
    private static let hostLogLimit = 4 << 20

    /// Opens `logs/host.log` for appending; one that has grown too long becomes `host.log.old`, over the last.
    func openHostLog() throws(Fault) -> Int32 {
        mkdir(path + "/logs", 0o700)
        var status = stat()
        if lstat(hostLog, &status) == 0, status.st_size > Self.hostLogLimit {
            rename(hostLog, hostLog + ".old")
        }
        let file = Glibc.open(hostLog, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw Self.unusable(hostLog, errno) }
        return file
    }

    private static func make(_ path: String) throws(Fault) {
        do {
            let parent = path.split(separator: "/").dropLast().joined(separator: "/")
            try FileManager.default.createDirectory(atPath: "/" + parent, withIntermediateDirectories: true)
        } catch {
            throw .refused(
                "the home \(path) cannot be made", hint: "see who may write above it, or --home DIR")
        }
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw unusable(path, errno) }
    }

    private static func unusable(_ path: String, _ number: Int32) -> Fault {
        .refused("cannot use \(path): \(text(number))", hint: "choose another home: --home DIR")
    }

    private static func text(_ number: Int32) -> String { String(cString: strerror(number)) }
}
