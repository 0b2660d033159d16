import AgentOSCore
import FoundationEssentials
import TestSupport
import Testing

/// `session audit`, `session search` and `cost` on the built program.
@Suite(.serialized) struct AuditCommandTests {
    @Test func anAuditIsPrintedExportedAndVerifiedWithoutAHome() async throws {
        try await onThread {
            let folder = try TemporaryFolder()
            let secret = "sk-very-secret-0123456789"
            let environment = ["BOT_API_KEY": secret]
            try folder.write("fix.yaml", "name: fix\ngoal: Make \(secret) pass | `now`.\n")
            func run(_ words: String...) throws -> ChildProgram.Ended {
                try ChildProgram.run(words, folder: folder, environment: environment)
            }
            #expect(try run("session", "create", "fix.yaml").code == 0)
            let text = try run("session", "audit", "fix")
            #expect(text.code == 0, "\(text.err)")
            #expect(text.out.contains("each as it was written") && text.out.contains("It was allowed"))
            #expect(text.out.split(separator: "\n").allSatisfy { $0.count <= 80 })
            let json = try run("session", "audit", "fix", "--json")
            #expect(json.json?["verified"] == true && json.json?["entries"]?.array?.count == 1)
            for key in ["sessionId", "totals", "index", "config"] {
                #expect(json.json?[key] != nil, "\(key)")
            }
            for key in ["seq", "at", "type", "actor", "hash"] {
                #expect(json.json?["entries"]?.array?.first?[key] != nil, "\(key)")
            }
            let markdown = try run("session", "audit", "fix", "--markdown")
            #expect(markdown.out.hasPrefix("## Audit of session") && markdown.out.contains("**Verified**"))
            #expect(try run("session", "audit", "fix", "--export", "audit.json").code == 0)
            #expect(try run("session", "audit", "fix", "--export", "audit.json").code == 3)
            let written = try folder.read("audit.json")
            #expect(written == json.out)
            for said in [text.out, json.out, markdown.out] { #expect(!said.contains(secret)) }
            #expect(!FileManager.default.fileExists(atPath: folder.path + "/nowhere"))
            let whole = try run("session", "audit", "--verify", "audit.json", "--home", "nowhere")
            #expect(whole.code == 0 && whole.out.contains("1 entries"), "\(whole.out)\(whole.err)")
            #expect(!FileManager.default.fileExists(atPath: folder.path + "/nowhere"))
            try folder.write(
                "audit.json", written.replacing(#"\"name\":\"fix\""#, with: #"\"name\":\"fax\""#))
            let broken = try run("session", "audit", "--verify", "audit.json", "--json")
            #expect(broken.code == 1 && broken.json?["brokenAt"] == 1 && broken.json?["verified"] == false)
            #expect(try run("session", "audit").code == 2)
            #expect(try run("session", "audit", "none").code == 4)
            let found = try run("session", "search", "pass", "--json")
            #expect(found.json?.array?.first?["name"] == "fix", "\(found.out)\(found.err)")
            #expect(try run("session", "search", "absent", "--json").json == [])
            #expect(try run("session", "search", "->").code == 2)
            #expect(try run("cost", "--json").json == [])
            #expect(try run("cost", "--by", "model").out.contains("no model was called"))
            #expect(try run("cost", "--from", "soon").code == 2)
            #expect(try run("cost", "--from", "2026-02-30").code == 2)
            #expect(try run("cost", "--from", "2026-02-01", "--to", "2026-02-01").code == 0)
            let turned = try run("cost", "--from", "2026-12-01", "--to", "2026-11-30")
            #expect(turned.code == 2 && turned.err.contains("--from 2026-11-30 --to 2026-12-01"))
        }
    }
}
