import AgentOSCore
import CSandbox
import FoundationEssentials
import Glibc
import Synchronization

@testable import Tools

/// The confining program, built from the same C that the product carries, once for all tests.
enum ConfinerProgram {
    static let path: Result<String, Fault> = build()

    private static func build() -> Result<String, Fault> {
        let file = String(#filePath)
        guard let end = file.ranges(of: "/Tests/ToolsTests/").last else {
            return .failure(.failed("the sources are not where this file was compiled"))
        }
        let sources = String(file[..<end.lowerBound]) + "/Sources/CSandbox"
        let folder = FileManager.default.temporaryDirectory.path + "/agentos-confiner-\(getpid())"
        let main = folder + "/start.c"
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let start = "#include \"csandbox.h\"\nint main(int c, char **v) { return csandbox_main(c, v); }\n"
            try Data(start.utf8).write(to: URL(filePath: main))
            let names = try FileManager.default.contentsOfDirectory(atPath: sources).filter {
                $0.hasSuffix(".c")
            }
            let program = folder + "/confiner"
            let arguments = [
                "-O1", "-D_GNU_SOURCE", "-I\(sources)/include", "-o", program, main, "-lpthread",
            ]
            for compiler in ["/usr/bin/cc", "/usr/bin/clang", "/usr/bin/gcc"]
            where access(compiler, X_OK) == 0 {
                guard run(compiler, arguments + names.map { "\(sources)/\($0)" }) == 0 else { continue }
                return .success(program)
            }
            return .failure(.failed("no C compiler built the confining program"))
        } catch {
            return .failure(.failed("\(error)"))
        }
    }

    private static func run(_ program: String, _ arguments: [String]) -> Int32 {
        var pid: pid_t = 0
        let error = withCStrings([program] + arguments) { argv in
            withCStrings(["PATH=/usr/bin:/bin"]) { csandbox_spawn(program, argv, $0, [-1, -1, -1], 3, &pid) }
        }
        return error == 0 ? csandbox_wait(pid) : -1
    }
}

/// Each layer of this machine, as the product would use it, without its probe.
enum Layers {
    static let all: [SandboxLayer] = SandboxLayer.candidates.filter { layer in
        switch layer {
        case .bubblewrap: Bubblewrap.find() != nil
        case .landlock(let abi): abi > 0
        }
    }

    static func sandbox(_ layer: SandboxLayer) throws -> Sandbox {
        Sandbox(layer: layer, helperPath: try ConfinerProgram.path.get(), bubblewrap: Bubblewrap.find())
    }
}

/// A word that only processes of one test carry in their command line.
struct Mark {
    let word = "mark-\(UInt64.random(in: 0 ... .max))"

    /// A command that stays, and carries the word.
    var sleeper: String { "sh -c 'sleep 300; : \(word)'" }

    /// How many processes carry it.
    var alive: Int {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return all.count { name in
            guard name.first?.isNumber == true else { return false }
            let line = (try? Data(contentsOf: URL(filePath: "/proc/\(name)/cmdline"))) ?? Data()
            return line.contains(Data(word.utf8))
        }
    }
}

/// What a command said while it ran.
final class Heard: Sendable {
    private let bytes = Mutex<[UInt8]>([])
    func add(_ more: [UInt8]) { bytes.withLock { $0 += more } }
    var text: String { bytes.withLock { String(decoding: $0, as: UTF8.self) } }
}
