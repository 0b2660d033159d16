import AgentOSCore
import FoundationEssentials
import Glibc

/// The program that confines tools, built from the C that the product carries: tests have no `agentos` to be it.
public enum ConfiningHelper {
    /// Its path, or why it could not be built.
    public static let path: Result<String, Fault> = build()

    private static func build() -> Result<String, Fault> {
        let file = #filePath
        guard let end = file.ranges(of: "/Tests/TestSupport/").last else {
            return .failure(.failed("the sources are not where this file was compiled"))
        }
        let sources = String(file[..<end.lowerBound]) + "/Sources/CSandbox"
        let folder = FileManager.default.temporaryDirectory.path + "/agentos-confining-\(getpid())"
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let main = folder + "/start.c"
            try Data(
                "#include \"csandbox.h\"\nint main(int c, char **v) { return csandbox_main(c, v); }\n".utf8
            ).write(to: URL(filePath: main))
            let units = try FileManager.default.contentsOfDirectory(atPath: sources).filter {
                $0.hasSuffix(".c")
            }.map { "\(sources)/\($0)" }
            let program = folder + "/confiner"
            let arguments =
                ["-O1", "-D_GNU_SOURCE", "-I\(sources)/include", "-o", program, main] + units + ["-lpthread"]
            for compiler in ["/usr/bin/cc", "/usr/bin/clang", "/usr/bin/gcc"]
            where access(compiler, X_OK) == 0 {
                if run(compiler, arguments) == 0 { return .success(program) }
            }
            return .failure(.failed("no C compiler built the confining program"))
        } catch {
            return .failure(.failed("\(error)"))
        }
    }

    private static func run(_ program: String, _ arguments: [String]) -> Int32 {
        let words = ([program] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var pid: pid_t = 0
        let environment: [UnsafeMutablePointer<CChar>?] = [strdup("PATH=/usr/bin:/bin"), nil]
        defer { free(environment[0]) }
        guard posix_spawn(&pid, program, nil, nil, words, environment) == 0 else { return -1 }
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 { guard errno == EINTR else { return -1 } }
        return status
    }
}
