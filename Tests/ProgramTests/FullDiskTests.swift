import AgentOSCore
import FoundationEssentials
import Glibc
import TestSupport
import Testing

/// The program on a home whose disk is full, and then is not.
@Suite(.serialized) struct FullDiskTests {
    /// Whether a file system can be mounted where only this test sees it.
    private static let canMount: Bool = {
        guard let folder = try? TemporaryFolder() else { return false }
        return (try? shell("mount -t tmpfs -o size=64k none .", folder))?.code == 0
    }()

    private static func shell(_ script: String, _ folder: TemporaryFolder) throws -> ChildProgram.Ended {
        try ChildProgram.run(
            [script], folder: folder, program: ["unshare", getuid() == 0 ? "-m" : "-Urm", "sh", "-c"])
    }

    @Test(.enabled(if: canMount, "mounting needs user namespaces, which this machine forbids"))
    func oneLineThenItGoesOn() async throws {
        try await onThread {
            let folder = try TemporaryFolder()
            try folder.write("fix.yaml", "name: fix\ngoal: do\n")
            try folder.write(
                "config.yaml",
                "providers: {play: {kind: rehearsal, file: replies.jsonl}}\nmodels: {default: [play/any]}\n")
            let call =
                #"{"tool_calls":[{"name":"shell","arguments":{"command":"head -c 13000000 /dev/urandom > big"}}]}"#
            try folder.write("replies.jsonl", call + "\n" + #"{"text":"Done."}"# + "\n")
            try folder.write("src/a.txt", "a\n")
            try FileManager.default.createDirectory(
                atPath: folder.file("home"), withIntermediateDirectories: true)
            let program = "'\(ChildProgram.path)'"
            let ended = try Self.shell(
                """
                mount -t tmpfs -o size=24m,mode=700 none home || exit 9
                \(program) session create fix.yaml || exit 10
                head -c 100m /dev/zero > home/fill 2>/dev/null
                for try in 1 2; do
                    \(program) session create fix.yaml 2> err; echo "full $? $(wc -l < err) $(cat err)"
                done
                rm home/fill
                \(program) session create fix.yaml || exit 11
                \(program) session list --json > list.json || exit 12
                \(program) run 'fill it' --in src --wait > run 2>&1; echo "run $?"
                \(program) session show fill-it --json > shown.json
                \(program) inbox list
                find home/objects -size +1M
                mount -o remount,size=64m home || exit 14
                \(program) host start && \(program) session resume fill-it && \(program) session log fill-it --follow
                \(program) session show fill-it --json > again.json
                \(program) host stop
                \(program) events verify || exit 13
                """, folder)
            #expect(ended.code == 0, "\(ended)")
            let full = ended.out.split(separator: "\n").filter { $0.hasPrefix("full ") }
            #expect(
                full.count == 2
                    && full.allSatisfy { $0.hasPrefix("full 1 1 agentos: ") && $0.contains("space") },
                "\(ended)")
            let list = try JSONText.decode(JSONValue.self, from: folder.read("list.json"))
            #expect(list.array?.count == 2)
            #expect(ended.out.contains("\nrun 6\n"), "\(ended)")
            let shown = try JSONText.decode(JSONValue.self, from: folder.read("shown.json"))
            #expect(shown["state"] == "PAUSED" && shown["reason"] == "disk", "\(ended)")
            #expect(ended.out.contains("the disk is full") && !ended.out.contains("home/objects"), "\(ended)")
            let run = try folder.read("run")
            #expect(
                run.contains("is paused: cannot write an object") && run.contains("No space left"), "\(run)")
            let again = try JSONText.decode(JSONValue.self, from: folder.read("again.json"))
            #expect(again["state"] == "COMPLETE", "\(ended)")
        }
    }
}
