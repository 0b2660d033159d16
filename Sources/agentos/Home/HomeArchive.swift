import AgentOSCore
import FoundationEssentials
import Glibc

/// A home in one file: a tar with the log, the objects and the workspaces.
struct HomeArchive: Sendable {
    let home: HomeFolder
    /// Whether a host goes on meanwhile.
    var isInUse = false
    private static let folders = ["objects", "workspaces"]

    /// Writes the file, under its name only when it is whole.
    ///
    /// `fill` puts a consistent copy of the log into a folder, and of whatever else must fit it; objects are taken
    /// after that, so that the file holds every tree which the copied log names.
    func write(to file: String, fill: (String) async throws -> Void) async throws {
        try checkPlace(file)
        try sweep()
        let stage = try makeStage("backup")
        defer { try? FileManager.default.removeItem(atPath: stage) }
        try await fill(stage)
        let names = try FileManager.default.contentsOfDirectory(atPath: stage).sorted()
        let present = Self.folders.filter { folder in
            !names.contains(folder) && FileManager.default.fileExists(atPath: home.path + "/" + folder)
        }
        let partial = file + ".partial"
        do {
            // Objects come and never change, so a folder of them that grows meanwhile (tar's 1) is no fault.
            try ChildTool.run(
                "tar",
                ["--create", "--file", partial, "--exclude=objects/*/tmp", "-C", stage] + names
                    + ["-C", home.path] + present, accepting: isInUse ? [0, 1] : [0])
            try Self.flush(partial)
        } catch {
            unlink(partial)
            throw Fault(error.code, "cannot write \(file): \(error.message)", hint: error.hint)
        }
        guard chmod(partial, 0o600) == 0, rename(partial, file) == 0 else {
            throw Fault.failed(
                "cannot write \(file): \(String(cString: strerror(errno)))", hint: "name another file")
        }
    }

    /// Refuses a place where no backup can be written, or none that would help.
    private func checkPlace(_ file: String) throws(Fault) {
        var status = stat()
        guard lstat(file, &status) != 0 else {
            guard status.st_mode & S_IFMT == S_IFDIR else {
                throw .refused("\(file) exists", hint: "name a file that does not")
            }
            throw .usage("\(file) is a folder", hint: "name a file in it: \(file)/agentos.tar")
        }
        let folder = HomePath.parent(of: file)
        guard stat(folder, &status) == 0 else {
            throw .notFound(
                "cannot write \(file): there is no folder \(folder)",
                hint: "make it first: mkdir -p '\(folder)'")
        }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw .usage("cannot write \(file): \(folder) is no folder", hint: "name another file")
        }
        guard access(folder, W_OK | X_OK) == 0 else {
            throw .refused(
                "cannot write \(file): \(String(cString: strerror(errno))): \(folder)",
                hint: "name a file in a folder of your own")
        }
        let (real, own) = (Self.real(folder), Self.real(home.path))
        guard real != own, !real.hasPrefix(own + "/") else {
            throw .usage(
                "\(file) lies in the home itself, and would be lost with it",
                hint: "name a file outside of \(home.path)")
        }
    }

    private static func real(_ path: String) -> String {
        guard let found = realpath(path, nil) else { return path }
        defer { free(found) }
        return String(cString: found)
    }

    private static func flush(_ path: String) throws(Fault) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        defer { close(descriptor) }
        guard descriptor >= 0, fsync(descriptor) == 0 else {
            throw .failed(
                "\(String(cString: strerror(errno)))", hint: "name another file")
        }
    }

    /// Removes what a backup or a restore left that was killed.
    private func sweep() throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: home.path) {
            let words = name.split(separator: "-")
            guard words.count == 2, words[0] == "backup" || words[0] == "restore", let pid = Int32(words[1]),
                kill(pid, 0) != 0, errno == ESRCH
            else { continue }
            try FileManager.default.removeItem(atPath: home.path + "/" + name)
        }
    }

    /// Puts the file's content into the home; what was there is moved aside and named in the answer.
    func read(from file: String, restoreLog: (String) throws -> Void) async throws {
        guard FileManager.default.fileExists(atPath: file) else {
            throw Fault.notFound("there is no file \(file)", hint: "name a file that home backup wrote")
        }
        let stage = try makeStage("restore")
        defer { try? FileManager.default.removeItem(atPath: stage) }
        do { try ChildTool.run("tar", ["--extract", "--file", file, "-C", stage]) } catch {
            throw Fault.usage("\(file) is not a backup of a home", hint: "name a file that home backup wrote")
        }
        guard FileManager.default.fileExists(atPath: stage + "/agentos.db") else {
            throw Fault.usage("\(file) holds no log", hint: "name a file that home backup wrote")
        }
        let aside = try moveAside()
        do {
            try restoreLog(stage + "/agentos.db")
            for folder in Self.folders where FileManager.default.fileExists(atPath: stage + "/" + folder) {
                try FileManager.default.moveItem(
                    atPath: stage + "/" + folder, toPath: home.path + "/" + folder)
            }
        } catch {
            try putBack(aside)
            throw error
        }
    }

    private static let logFiles = [
        "agentos.db", "agentos.db-wal", "agentos.db-shm", "agentos.db-heads", "agentos.db-key",
    ]

    /// Moves what a restore replaces into a folder of the home; its path.
    private func moveAside() throws -> String {
        var number = 1
        while FileManager.default.fileExists(atPath: home.path + "/before-restore-\(number)") { number += 1 }
        let aside = home.path + "/before-restore-\(number)"
        for name in Self.logFiles + Self.folders
        where FileManager.default.fileExists(atPath: home.path + "/" + name) {
            mkdir(aside, 0o700)
            try FileManager.default.moveItem(atPath: home.path + "/" + name, toPath: aside + "/" + name)
        }
        return aside
    }

    private func putBack(_ aside: String) throws {
        for name in Self.logFiles + Self.folders {
            try? FileManager.default.removeItem(atPath: home.path + "/" + name)
            guard FileManager.default.fileExists(atPath: aside + "/" + name) else { continue }
            try FileManager.default.moveItem(atPath: aside + "/" + name, toPath: home.path + "/" + name)
        }
        rmdir(aside)
    }

    private func makeStage(_ word: String) throws(Fault) -> String {
        let stage = home.path + "/\(word)-\(getpid())"
        guard mkdir(stage, 0o700) == 0 else {
            throw .failed(
                "cannot make \(stage): \(String(cString: strerror(errno)))", hint: "see who may write there")
        }
        return stage
    }
}
