import AgentOSCore
import CSandbox
import Glibc

/// The small programs that every system has, run to their end.
enum ChildTool {
    /// Runs one; throws when it ends with a code that is not accepted.
    static func run(_ name: String, _ arguments: [String], accepting codes: Set<Int32> = [0]) throws(Fault) {
        var argv: [UnsafeMutablePointer<CChar>?] = ([name] + arguments).map { strdup($0) } + [nil]
        var envp: [UnsafeMutablePointer<CChar>?] = [strdup("PATH=/usr/bin:/bin"), strdup("LC_ALL=C"), nil]
        defer { for pointer in argv + envp { free(pointer) } }
        var pid: pid_t = 0
        let path = access("/usr/bin/\(name)", X_OK) == 0 ? "/usr/bin/\(name)" : "/bin/\(name)"
        // A file that no name leads to: a pipe that nobody reads meanwhile could hold the child up.
        let said = tmpfile()
        defer { if let said { fclose(said) } }
        let result = csandbox_spawn(path, &argv, &envp, [-1, -1, said.map { fileno($0) } ?? -1], 3, &pid)
        guard result == 0 else {
            throw .failed(
                "cannot run \(name): \(String(cString: strerror(result)))",
                hint: "sudo apt-get install tar coreutils")
        }
        let code = csandbox_wait(pid)
        guard codes.contains(code) else {
            let why = said.flatMap { firstLine(of: fileno($0), name) } ?? "it ended with \(code)"
            throw .failed("\(name): \(why)", hint: "see that there is room, and who may write there")
        }
    }

    /// The first line that a child wrote, which names the cause; without its own name before it.
    private static func firstLine(of file: Int32, _ name: String) -> String? {
        var bytes = [UInt8](repeating: 0, count: 1024)
        let count = pread(file, &bytes, bytes.count, 0)
        guard count > 0,
            let line = String(decoding: bytes.prefix(count), as: UTF8.self).split(separator: "\n").first
        else { return nil }
        let words = line.drop { $0 != ":" }
        return String(line.contains(name + ": ") ? words.dropFirst(2) : line)
    }
}
