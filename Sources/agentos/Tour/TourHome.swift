import AgentOSCore
import FoundationEssentials
import Glibc

/// The home of a tour, made new each time: `.tour` in the current folder, or in the user's cache.
struct TourHome: Sendable {
    /// The home.
    let folder: HomeFolder
    /// What its engine may know of the environment: no key among it.
    let environment: [String: String]
    /// Keeps another tour out, also while no engine runs.
    private let hold: TourHold
    /// Milliseconds before the first word of a turn.
    private let pace: Int64

    /// The repository of the program.
    var program: String { folder.path + "/program" }
    /// The configuration.
    var configuration: String { folder.path + "/config.yaml" }
    /// Where the log is copied to and changed.
    var copy: String { folder.path + "/copy" }

    private static let marker = "tour"

    /// Makes a tour's home; what an earlier tour left there is removed.
    static func make(_ program: Program, _ options: GlobalOptions, pace: Int64) throws -> TourHome {
        let path = try place(program, options)
        let old = try clear(path)
        defer { withExtendedLifetime(old) {} }
        let folder = try HomeFolder.open(path)
        guard let hold = try TourHold.take(path + "/" + marker) else { throw underWay(folder) }
        let home = TourHome(folder: folder, environment: safe(program.environment), hold: hold, pace: pace)
        try home.write(marker, "made by agentos tour; the next tour removes this folder\n")
        try home.write(".gitignore", "*\n")
        try home.write("config.yaml", TourFiles.configuration)
        try home.writeReplies(slowCalls: 1)
        try home.write("replies-shorten.jsonl", TourReplies(pace: pace).shortening())
        try home.makeRepository()
        return home
    }

    private static func place(_ program: Program, _ options: GlobalOptions) throws(Fault) -> String {
        if let home = options.home {
            return HomePath.absolute(home, environment: program.environment, folder: program.folder)
        }
        if access(program.folder, W_OK | X_OK) == 0 { return program.folder + "/.tour" }
        if let cache = program.environment["XDG_CACHE_HOME"], cache.hasPrefix("/") {
            return cache + "/agentos/tour"
        }
        return try HomePath.user(program.environment) + "/.cache/agentos/tour"
    }

    /// Removes an earlier tour, and nothing else; what is given back keeps others from doing the same.
    private static func clear(_ path: String) throws -> TourHold? {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw Fault.refused("\(path) is not a folder", hint: "move it away, or name another: --home DIR")
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: path)
        if names.isEmpty { return nil }
        guard names.contains(marker) else {
            throw Fault.refused(
                "\(path) was not made by a tour", hint: "move it away, or name another: --home DIR")
        }
        let folder = try HomeFolder.open(path)
        guard let hold = try TourHold.take(path + "/" + marker), let lock = try HomeLock.take(folder) else {
            throw underWay(folder)
        }
        defer { lock.release() }
        try FileManager.default.removeItem(atPath: path)
        return hold
    }

    private static func underWay(_ folder: HomeFolder) -> Fault {
        let holder = HomeLock.holder(folder).map { ", process \($0)" } ?? ""
        return Fault(
            .noHost, "a tour is under way in \(folder.path)\(holder)",
            hint: "leave it first, or name another: --home DIR")
    }

    /// The environment without anything that could be a key, or lead to another home.
    private static func safe(_ environment: [String: String]) -> [String: String] {
        let names: Set<String> = [
            "PATH", "HOME", "USER", "LOGNAME", "LANG", "TERM", "TZ", "TMPDIR", "SHELL",
        ]
        return environment.filter { names.contains($0.key) || $0.key.hasPrefix("LC_") }
    }

    /// Lets the session go on that waits for a mark.
    func make(_ mark: TourMark) throws { try write(mark.rawValue, "") }

    /// Writes what the first session's model says, with so many slow calls.
    func writeReplies(slowCalls: Int) throws {
        try write("replies-mend.jsonl", TourReplies(pace: pace, slowCalls: slowCalls).mending())
    }

    private func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: URL(filePath: folder.path + "/" + name))
    }

    private func makeRepository() throws {
        try FileManager.default.createDirectory(atPath: program, withIntermediateDirectories: true)
        for (name, text) in TourFiles.program { try write("program/" + name, text) }
        try git(["init", "-q"])
        try git(["symbolic-ref", "HEAD", "refs/heads/main"])
        try git(["config", "user.name", "Tour"])
        try git(["config", "user.email", "tour@example.org"])
        try git(["config", "commit.gpgsign", "false"])
        try git(["add", "."])
        try git(["commit", "-q", "-m", "A program with a bug"])
    }

    /// Runs git in the program's repository, without the person's configuration.
    @discardableResult func git(_ words: [String]) throws(Fault) -> String {
        var environment = environment
        environment["GIT_CONFIG_GLOBAL"] = "/dev/null"
        environment["GIT_CONFIG_NOSYSTEM"] = "1"
        let result = try TourShell.run(["git", "-C", program] + words, environment)
        guard result.code == 0 else {
            let line = result.text.split(whereSeparator: \.isNewline).first.map(String.init) ?? "no word said"
            throw .failed(
                "git \(words[0]) in \(program) failed: \(line)", hint: "install git: sudo apt install git")
        }
        return result.text
    }

    /// A path as the person would type it from the folder they are in.
    func typed(_ path: String, from current: String) -> String {
        path.hasPrefix(current + "/") ? String(path.dropFirst(current.count + 1)) : path
    }
}
