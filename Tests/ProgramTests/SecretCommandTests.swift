import FoundationEssentials
import Glibc
import TestSupport
import Testing

/// `secret set|list|rm`, and `secret:NAME` in config.yaml, as a person uses them.
@Suite(.serialized) struct SecretCommandTests {
    private static let canary = "sk-canary-1234567890"

    private static func run(_ words: String, _ folder: TemporaryFolder, typing: String? = nil) throws
        -> ChildProgram.Ended
    {
        let child = try ChildProgram(words.split(separator: " ").map(String.init), folder: folder)
        if let typing { child.send(typing) }
        child.closeInput()
        return try child.end()
    }

    @Test func aKeyIsSetAndNamed() async throws {
        try await onThread {
            let folder = try TemporaryFolder()
            let config =
                "providers: {local: {kind: custom, url: \"http://127.0.0.1:1/v1\", key: \"secret:local\"}}\nmodels: {default: [local/x]}\n"
            try folder.write("config.yaml", config)
            let before = try Self.run("config check", folder)
            #expect(
                before.code == 2 && before.err.contains("there is no secret local")
                    && before.err.contains("agentos secret set local"), "\(before)")
            let set = try Self.run("secret set local", folder, typing: Self.canary)
            #expect(
                set.code == 0 && set.out == "local is set; name it in config.yaml as secret:local\n", "\(set)"
            )
            #expect(try Self.run("config check", folder).code == 0)
            let shown = try Self.run("config show", folder).out
            #expect(shown.contains("providers.local.key: secret:local\n"), "\(shown)")
            let list = try Self.run("secret list --json", folder)
            #expect(
                list.json?.array?.map { $0["name"] } == ["local"] && list.json?.array?.first?["version"] == 1)
            // The key is used, refused by nobody's server, and shown nowhere.
            let test = try Self.run("model test local/x", folder)
            #expect(test.code == 1 && test.err.contains("refused the connection"), "\(test)")
            let files =
                FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
            #expect(files.contains("home/secrets.json"))
            for name in files {
                let bytes = FileManager.default.contents(atPath: folder.path + "/" + name) ?? Data()
                #expect(!String(decoding: bytes, as: UTF8.self).contains(Self.canary), "\(name)")
            }
            #expect(try Self.run("secret rm local", folder).code == 0)
            #expect(try Self.run("secret rm local", folder).code == 4)
            #expect(try Self.run("secret list", folder).out == "no secret is set\n")
        }
    }

    @Test func whatIsNoSecretIsRefused() async throws {
        try await onThread {
            let folder = try TemporaryFolder()
            for (words, typing) in [
                ("secret set a/b", "x"), ("secret set a", ""), ("secret set a", "x\ny"),
            ] {
                let ended = try Self.run(words, folder, typing: typing)
                #expect(ended.code == 2 && ended.err.split(separator: "\n").count == 1, "\(words): \(ended)")
            }
            #expect(try Self.run("secret list --json", folder).out == "[]\n")
            let short = try Self.run("secret set pin", folder, typing: "1234567")
            #expect(short.code == 0 && short.err.contains("shorter than 8 bytes"), "\(short)")
            // What is no text is refused, not changed.
            let child = try ChildProgram(["secret", "set", "raw"], folder: folder)
            child.send(bytes: [0x61, 0xFF, 0xFE, 0x0A])
            child.closeInput()
            let raw = try child.end()
            #expect(raw.code == 2 && raw.err.contains("is not text"), "\(raw)")
        }
    }
}
