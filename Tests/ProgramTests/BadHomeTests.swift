import AgentOSCore
import FoundationEssentials
import Glibc
import TestSupport
import Testing

/// A store that is damaged, too new or in a strange place: one clear line, and nothing half written.
@Suite(.serialized) struct BadHomeTests {
    private static func run(_ words: String, _ folder: TemporaryFolder) throws -> ChildProgram.Ended {
        try ChildProgram.run(words.split(separator: " ").map { String($0) }, folder: folder)
    }

    private static func made() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.write("fix.yaml", "name: fix\ngoal: do\n")
        #expect(try run("session create fix.yaml", folder).code == 0)
        return folder
    }

    private static func bytes(_ path: String) throws -> [UInt8] {
        try Array(Data(contentsOf: URL(filePath: path)))
    }

    @Test(arguments: ["session list", "session create fix.yaml", "host start", "look inbox"])
    func aNewerStoreIsRefusedAndLeftAsItIs(words: String) async throws {
        try await onThread {
            let folder = try Self.made()
            let path = folder.file("home/agentos.db")
            var bytes = try Self.bytes(path)
            let version = Array(bytes[60..<64])
            // SQLite keeps the schema's number, which is ours to set, in these four bytes of the header.
            bytes.replaceSubrange(60..<64, with: [0, 0, 0, 99])
            try Data(bytes).write(to: URL(filePath: path))
            let ended = try Self.run(words, folder)
            #expect(ended.code == 5 && ended.out == "", "\(ended)")
            #expect(ended.err.split(separator: "\n").count == 1, "\(ended)")
            #expect(ended.err.contains("is newer than this program (schema 99, known "), "\(ended)")
            // Nothing was brought down to this program's schema: the newer program finds its own.
            bytes = try Self.bytes(path)
            #expect(Array(bytes[60..<64]) == [0, 0, 0, 99])
            bytes.replaceSubrange(60..<64, with: version)
            try Data(bytes).write(to: URL(filePath: path))
            #expect(try Self.run("session list --json", folder).json?.array?.count == 1)
        }
    }

    @Test func aHomeWhosePathIsTooLongForASocketServes() async throws {
        try await onThread {
            let folder = try TemporaryFolder()
            try folder.write("fix.yaml", "name: fix\ngoal: do\n")
            let home =
                folder.path + "/"
                + [String](repeating: "a-long-name-of-a-folder", count: 8).joined(separator: "/")
            let host = try ChildProgram(["--no-ui", "--home", home], folder: folder)
            try host.waitForError("serves")
            #expect(try Self.run("session create fix.yaml --home \(home)", folder).code == 0)
            _ = try host.line("the event of the other process") { $0["type"] == "session.created" }
            host.signal(SIGTERM)
            #expect(try host.end().code == 0)
        }
    }

    @Test func aHomeThatCannotBeWrittenIsRefused() async throws {
        // Nothing is read-only to root.
        guard geteuid() != 0 else { return }
        try await onThread {
            let folder = try Self.made()
            chmod(folder.file("home"), 0o500)
            defer { chmod(folder.file("home"), 0o700) }
            let ended = try Self.run("session list", folder)
            #expect(ended.code == 3 && ended.err.contains("cannot be written"), "\(ended)")
            let doctor = try Self.run("doctor --json", folder)
            #expect(doctor.code == 1 && doctor.json?["checks"]?.array?.count == 5, "\(doctor)")
        }
    }

    @Test func aTornObjectIsNamed() async throws {
        try await onThread {
            let folder = try TemporaryFolder()
            try folder.write(
                "config.yaml",
                "providers: {play: {kind: rehearsal, file: replies.jsonl}}\nmodels: {default: [play/any]}\n")
            try folder.write(
                "replies.jsonl",
                #"{"text":"x","tool_calls":[{"name":"write","arguments":{"path":"a.txt","content":"torn\n"}}]}"#
                    + "\n" + #"{"text":"Done."}"# + "\n")
            try folder.write("s.yaml", "name: s\ngoal: do\n")
            #expect(try Self.run("session run s.yaml --wait", folder).code == 0)
            let objects = folder.file("home/objects/main")
            for name in try FileManager.default.subpathsOfDirectory(atPath: objects) {
                let path = objects + "/" + name
                if let found = try? Self.bytes(path), found == Array("torn\n".utf8) { truncate(path, 2) }
            }
            for words in ["session diff s c0 c1", "session rollback s c1", "session export s --to out"] {
                let ended = try Self.run(words, folder)
                guard ended.code != 0 else { continue }
                #expect(ended.code == 1 && ended.err.split(separator: "\n").count == 1, "\(words): \(ended)")
                #expect(
                    ended.err.contains("is damaged; restore the home from a backup"), "\(words): \(ended)")
            }
            #expect(try Self.run("session diff s c0 c1", folder).code == 1)
            #expect(try Self.run("events verify", folder).code == 0)
        }
    }
}
