import AgentOSCore
import FoundationEssentials
import Glibc
import TestSupport
import Testing

@testable import Secrets

@Suite("The store of secrets")
struct SecretStoreTests {
    private let folder: TemporaryFolder
    private let at = Timestamp(milliseconds: 1_700_000_000_000)
    private let canary = "sk-canary-do-not-find-me"

    init() throws { folder = try TemporaryFolder() }

    private func store(_ tenant: TenantID = .main, credentials: String? = nil) -> SecretStore {
        SecretStore(home: folder.path, tenant: tenant, credentials: credentials)
    }

    private func bytes(_ name: String) throws -> [UInt8] {
        Array(try #require(FileManager.default.contents(atPath: folder.path + "/" + name)))
    }

    private func mode(_ name: String) -> mode_t {
        var status = stat()
        return stat(folder.path + "/" + name, &status) == 0 ? status.st_mode & 0o777 : 0
    }

    @Test("a secret comes back, is replaced, is removed; no file holds it, and only the owner can read them")
    func round() throws {
        let first = try store().set("claude", to: canary + "\n", at: at)
        #expect(first == SecretEntry(name: "claude", version: 1, setAt: at))
        #expect(try store().value(of: "claude") == canary)
        #expect(try store().set("claude", to: "other", at: at).version == 2)
        #expect(try store().set("b", to: canary, at: at).version == 1)
        #expect(try store().value(of: "claude") == "other")
        #expect(try store().list().map(\.name) == ["b", "claude"])
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
            #expect(!String(decoding: try bytes(name), as: UTF8.self).contains(canary), "\(name)")
            #expect(mode(name) == 0o600, "\(name)")
        }
        try store().remove("b")
        #expect(throws: Fault.self) { try store().remove("b") }
        #expect(throws: Fault.self) { try store().value(of: "b") }
        // The version goes on where it was only while the secret is there.
        #expect(try store().list().map(\.version) == [2])
    }

    @Test("each value is sealed by itself: tenant, name and version cannot be exchanged")
    func bound() throws {
        for name in ["a", "b"] { _ = try store().set(name, to: "value of \(name)", at: at) }
        _ = try store(TenantID("other")).set("a", to: "theirs", at: at)
        #expect(try store(TenantID("other")).value(of: "a") == "theirs")
        #expect(try store().value(of: "a") == "value of a")
        #expect(try store(TenantID("other")).list().map(\.name) == ["a"])
        let text = String(decoding: try bytes("secrets.json"), as: UTF8.self)
        for (from, to) in [
            (#""name":"a""#, #""name":"c""#), (#""tenant":"other""#, #""tenant":"third""#),
            (#""version":1"#, #""version":2"#),
        ] {
            try folder.write("secrets.json", text.replacing(from, with: to))
            chmod(folder.path + "/secrets.json", 0o600)
            for (tenant, name) in [("main", "c"), ("third", "a"), ("main", "b")] {
                let list = try store(TenantID(tenant)).list()
                guard list.contains(where: { $0.name == name && (from.contains("version") || name != "b") })
                else {
                    continue
                }
                let fault = #expect(throws: Fault.self) { try store(TenantID(tenant)).value(of: name) }
                #expect(fault?.message == "the secret \(name) was changed on disk")
            }
        }
    }

    @Test(
        "any byte that is changed is found or does not matter, and nothing else than the value ever comes out"
    )
    func damaged() throws {
        _ = try store().set("a", to: canary, at: at)
        let whole = try bytes("secrets.json")
        for index in whole.indices {
            var bytes = whole
            bytes[index] ^= 0x15
            try Data(bytes).write(to: URL(filePath: folder.path + "/secrets.json"))
            let found = try? store().value(of: "a")
            #expect(found == nil || found == canary)
        }
        try Data(whole.dropLast(9)).write(to: URL(filePath: folder.path + "/secrets.json"))
        let fault = #expect(throws: Fault.self) { try store().set("b", to: "x", at: at) }
        #expect(fault?.message.hasSuffix("secrets.json is damaged") == true)
        #expect(try bytes("secrets.json") == Array(whole.dropLast(9)))
    }

    @Test("a key that others may read, that is gone, cut or another one opens nothing")
    func keys() throws {
        _ = try store().set("a", to: canary, at: at)
        let key = try bytes("secrets.key")
        func words(_ change: () throws -> Void) throws -> String? {
            try change()
            defer {
                try? Data(key).write(to: URL(filePath: folder.path + "/secrets.key"))
                chmod(folder.path + "/secrets.key", 0o600)
            }
            return #expect(throws: Fault.self) { try store().value(of: "a") }?.message
        }
        let path = folder.path + "/secrets.key"
        #expect(try words { chmod(path, 0o640) } == "others may read \(path)")
        #expect(try words { unlink(path) } == "the key of the secrets is gone")
        #expect(
            try words { try Data(key.dropLast()).write(to: URL(filePath: path)) }
                == "\(path) is not a key of 32 bytes")
        #expect(
            try words { try Data(key.reversed()).write(to: URL(filePath: path)) }
                == "the secret a was sealed with another key")
        #expect(try store().value(of: "a") == canary)
    }

    @Test("systemd credentials: the master key, and secrets by their names")
    func credentials() throws {
        let given = folder.path + "/credentials"
        mkdir(given, 0o700)
        try folder.write("credentials/agentos-key", String(repeating: "0f", count: 32) + "\n")
        try folder.write("credentials/direct", canary + "\n")
        _ = try store(credentials: given).set("a", to: "sealed", at: at)
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/secrets.key"))
        #expect(try store(credentials: given).value(of: "a") == "sealed")
        #expect(try store(credentials: given).value(of: "direct") == canary)
        #expect(throws: Fault.self) { try store(credentials: given).value(of: "agentos-key") }
        #expect(throws: Fault.self) { try store().value(of: "a") }
        try folder.write("credentials/agentos-key", "short")
        let fault = #expect(throws: Fault.self) { try store(credentials: given).value(of: "a") }
        #expect(fault?.message == "the credential agentos-key is not a key")
    }

    @Test(
        "names and values that are none",
        arguments: [
            ("", "x"), ("1a", "x"), ("a/b", "x"), ("../a", "x"), ("a b", "x"),
            (String(repeating: "a", count: 65), "x"),
            ("é", "x"), ("a", ""), ("a", "\n"), ("a", "x\ny"), ("a", "x\u{1B}[0m"),
            ("a", String(repeating: "x", count: 65_537)),
        ])
    func refused(name: String, value: String) throws {
        #expect(throws: Fault.self) { try store().set(name, to: value, at: at) }
        #expect(try store().list().isEmpty)
    }

    @Test("many that set at once lose none")
    func atOnce() async throws {
        let (path, at) = (folder.path, at)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<8 {
                group.addTask {
                    let store = SecretStore(home: path, tenant: .main, credentials: nil)
                    _ = try store.set("s\(index)", to: "value \(index)", at: at)
                }
            }
            try await group.waitForAll()
        }
        for index in 0..<8 { #expect(try store().value(of: "s\(index)") == "value \(index)") }
    }
}
