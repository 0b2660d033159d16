import AgentOSCore
import FoundationEssentials
import Glibc

/// What a probe found on this boot, so that the next start of the program need not probe again.
///
/// It counts only for the same boot, the same user, the same confining program and the same bubblewrap.
struct ProbeMemory: Codable, Hashable {
    var boot: String
    var uid: UInt32
    var helper: String
    var bubblewrap: String
    var probes: [SandboxProbe]

    /// What a memory made now would have to match.
    init(helperPath: String, probes: [SandboxProbe]) {
        let id = (try? Data(contentsOf: URL(filePath: "/proc/sys/kernel/random/boot_id"))) ?? Data()
        boot = String(decoding: id, as: UTF8.self).filter { !$0.isWhitespace }
        uid = getuid()
        helper = Self.stamp(helperPath)
        bubblewrap = Bubblewrap.locate().map(Self.stamp) ?? ""
        self.probes = probes
    }

    /// Path, size and time of change of a program, or "" where there is none.
    private static func stamp(_ path: String) -> String {
        var status = stat()
        guard stat(path, &status) == 0 else { return "" }
        return
            "\(status.st_dev):\(status.st_ino):\(status.st_size):\(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)"
    }

    /// Whether what was remembered still counts.
    func matches(_ now: ProbeMemory) -> Bool {
        !boot.isEmpty && boot == now.boot && uid == now.uid && helper == now.helper
            && bubblewrap == now.bubblewrap
            && probes.contains { $0.passed }
    }
}

extension Sandbox {
    /// The layer that proved itself earlier on this boot, as a file of the home remembers it; probes where it does not.
    ///
    /// Only a probe that passed is remembered, so a machine that was mended is seen at the next start.
    public static func choose(helperPath: String = "/proc/self/exe", scratch: String, memory file: String)
        async -> Choice
    {
        let now = ProbeMemory(helperPath: helperPath, probes: [])
        if let data = try? Data(contentsOf: URL(filePath: file)),
            let known = try? JSONText.decode(ProbeMemory.self, from: data), known.matches(now),
            let passed = known.probes.first(where: { $0.passed })
        {
            let sandbox = Sandbox(
                layer: passed.layer, helperPath: helperPath,
                bubblewrap: passed.layer == .bubblewrap ? Bubblewrap.find() : nil)
            return Choice(sandbox: sandbox, probes: known.probes)
        }
        let choice = await choose(helperPath: helperPath, scratch: scratch)
        guard choice.sandbox != nil else { return choice }
        if let bytes = try? JSONText.encode(ProbeMemory(helperPath: helperPath, probes: choice.probes)) {
            // A memory that cannot be written costs a probe at the next start, nothing else.
            try? Data(bytes).write(to: URL(filePath: file), options: .atomic)
        }
        return choice
    }
}
