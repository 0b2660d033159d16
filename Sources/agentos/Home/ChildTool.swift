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
        let result = csandbox_spawn(path, &argv, &envp, [-1, -1, -1], 3, &pid)
        guard result == 0 else {
            throw .failed(
                "cannot run \(name): \(String(cString: strerror(result)))",
                hint: "sudo apt-get install tar coreutils")
        }
        let code = csandbox_wait(pid)
        guard codes.contains(code) else {
            throw .failed("\(name) ended with \(code)", hint: "see that there is room on the disk")
        }
    }
}
