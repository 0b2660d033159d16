import AgentOSCore
import FoundationEssentials
import Synchronization
import TestSupport

@testable import Tools

/// Each layer of this machine, as the product would use it, without its probe.
enum Layers {
    static let all: [SandboxLayer] = SandboxLayer.candidates.filter { layer in
        switch layer {
        case .bubblewrap: Bubblewrap.find() != nil
        case .landlock(let abi): abi > 0
        }
    }

    static func sandbox(_ layer: SandboxLayer) throws -> Sandbox {
        Sandbox(layer: layer, helperPath: try ConfiningHelper.path.get(), bubblewrap: Bubblewrap.find())
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
