import AgentOSCore
import CSandbox
import FoundationEssentials
import Glibc

/// A home in one file: a tar with the log, the objects and the workspaces.
struct HomeArchive: Sendable {
    let home: HomeFolder
    private static let folders = ["objects", "workspaces"]

    /// Writes the file, under its name only when it is whole; `copyLog` makes a consistent copy of the log.
    func write(to file: String, copyLog: (String) async throws -> Void) async throws {
        guard !FileManager.default.fileExists(atPath: file) else {
            throw Fault.refused("\(file) exists", hint: "name a file that does not")
        }
        let stage = try makeStage("backup")
        defer { try? FileManager.default.removeItem(atPath: stage) }
        try await copyLog(stage + "/agentos.db")
        let present = Self.folders.filter { FileManager.default.fileExists(atPath: home.path + "/" + $0) }
        let names = try FileManager.default.contentsOfDirectory(atPath: stage).sorted()
        let partial = file + ".partial"
        do {
            try Self.tar(["--create", "--file", partial, "-C", stage] + names + ["-C", home.path] + present)
        } catch {
            unlink(partial)
            throw error
        }
        guard chmod(partial, 0o600) == 0, rename(partial, file) == 0 else {
            throw Fault.failed(
                "cannot write \(file): \(String(cString: strerror(errno)))", hint: "name another file")
        }
    }

    /// Puts the file's content into the home; what was there is moved aside and named in the answer.
    func read(from file: String, restoreLog: (String) throws -> Void) async throws {
        guard FileManager.default.fileExists(atPath: file) else {
            throw Fault.notFound("there is no file \(file)", hint: "name a file that home backup wrote")
        }
        let stage = try makeStage("restore")
        defer { try? FileManager.default.removeItem(atPath: stage) }
        do { try Self.tar(["--extract", "--file", file, "-C", stage]) } catch {
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

    private static func tar(_ arguments: [String]) throws(Fault) {
        var argv: [UnsafeMutablePointer<CChar>?] = (["tar"] + arguments).map { strdup($0) } + [nil]
        var envp: [UnsafeMutablePointer<CChar>?] = [strdup("PATH=/usr/bin:/bin"), strdup("LC_ALL=C"), nil]
        defer { for pointer in argv + envp { free(pointer) } }
        var pid: pid_t = 0
        let path = access("/usr/bin/tar", X_OK) == 0 ? "/usr/bin/tar" : "/bin/tar"
        let result = csandbox_spawn(path, &argv, &envp, [-1, -1, -1], 3, &pid)
        guard result == 0 else {
            throw .failed(
                "cannot run tar: \(String(cString: strerror(result)))", hint: "sudo apt-get install tar")
        }
        let code = csandbox_wait(pid)
        guard code == 0 else {
            throw .failed("tar ended with \(code)", hint: "see that there is room on the disk")
        }
    }
}
