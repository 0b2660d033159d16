import AgentOSCore
import Documents
import FoundationEssentials
import Ledger
import TestSupport
import Testing

@testable import agentos

/// `agentos init`: from what is there to a configuration that works.
@Suite(.serialized) struct InitTests {
    private static func answer(_ request: ScriptedRequest) -> ScriptedAnswer {
        guard request.target.hasSuffix("/models") else { return .json(404, [:], "{}") }
        return .json(
            200, [:], #"{"object":"list","data":[{"id":"tiny-1"},{"id":"a\u001b[2Jb"},{"id":"org/big:8b"}]}"#)
    }

    private static func run(_ words: [String], _ folder: TemporaryFolder, typing: [String] = []) throws
        -> ChildProgram.Ended
    {
        let child = try ChildProgram(
            words, folder: folder,
            environment: [
                "ANTHROPIC_API_KEY": "sk-canary-0123456789",
                "AGENTOS_CONFIG": folder.path + "/new/config.yaml",
            ])
        for line in typing { child.send(line) }
        child.closeInput()
        return try child.end()
    }

    @Test func aKeyAndAServerAreFoundAndAsked() async throws {
        try await onThread {
            let server = try ScriptedServer(answering: Self.answer)
            let folder = try TemporaryFolder()
            let local = ["--server", server.url + "/v1"]
            let ended = try Self.run(
                ["init"] + local, folder, typing: ["anthropic/claude-haiku-4-5, server/tiny-1", "2.50"])
            #expect(
                ended.code == 0
                    && ended.out.hasSuffix("next: agentos model test anthropic/claude-haiku-4-5\n"),
                "\(ended)")
            #expect(ended.err.contains("found ANTHROPIC_API_KEY: anthropic\n"))
            #expect(ended.err.contains("found server at \(server.url)/v1: tiny-1, org/big:8b\n"), "\(ended)")
            let text = try folder.read("new/config.yaml")
            #expect(!text.contains("sk-canary") && text.contains("${ANTHROPIC_API_KEY}"))
            let values = try ConfigurationDocument.parse(
                Array(text.utf8), path: folder.path + "/new/config.yaml",
                environment: ["ANTHROPIC_API_KEY": "x"]
            ).values
            #expect(
                values.routes["default"]?.models.map(\.description) == [
                    "anthropic/claude-haiku-4-5", "server/tiny-1",
                ])
            #expect(
                values.budgets.day == Money("2.50") && values.pricesPath == folder.path + "/new/prices.yaml")
            // Every model of the route has a price, so that a limit of the cost refuses none.
            let list = try Self.run(["model", "list", "--json"], folder)
            #expect(
                list.json?.array?.count == 2 && list.json?.array?.allSatisfy { $0["price"] != .null } == true,
                "\(list)")
            #expect(try Self.run(["config", "check"], folder).code == 0)
            let again = try Self.run(["init", "--yes"] + local, folder)
            #expect(again.code == 3 && again.err.contains("is there already"), "\(again)")
            #expect(try folder.read("new/config.yaml") == text)
            let forced = try Self.run(
                ["init", "--yes", "--force", "--day", "none", "--json"] + local, folder)
            #expect(forced.json?["day"] == .null && forced.json?["next"] != nil, "\(forced)")
            #expect(try folder.read("new/config.yaml~") == text)
        }
    }

    @Test func whatIsTypedWrongWritesNothing() async throws {
        try await onThread {
            let folder = try TemporaryFolder()
            let server = try ScriptedServer(answering: Self.answer)
            let typo = try Self.run(["init", "--server", server.url, "--route", "server/tiny-2"], folder)
            #expect(typo.code == 2 && typo.err.contains("it has: tiny-1, org/big:8b"), "\(typo)")
            for typing in [["nobody/x"], ["claude"], [",", "1"], ["", "free"], ["", "-1"], ["", "0"]] {
                let ended = try Self.run(["init"], folder, typing: typing)
                #expect(ended.code == 2, "\(typing): \(ended)")
                #expect(!FileManager.default.fileExists(atPath: folder.path + "/new"))
            }
        }
    }

    @Test func aServerThatIsNamedMustAnswer() async throws {
        try await onThread {
            let server = try ScriptedServer { request in
                request.target == "/v1/models"
                    ? Self.answer(request) : .json(401, [:], "{}")
            }
            let folder = try TemporaryFolder()
            for (url, code, said) in [
                ("nonsense", 2, "is not the address of a model server"),
                ("ftp://127.0.0.1/v1", 2, "is not the address"),
                ("http://", 2, "is not the address"),
                ("http://me:key@127.0.0.1/v1", 2, "is not the address"),
                ("http://127.0.0.1:1/v1", 1, "refused the connection"),
                (server.url + "/deeper/v1/x", 1, "status 401"),
            ] {
                let ended = try Self.run(["init", "--yes", "--server", url], folder)
                #expect(ended.code == Int32(code) && ended.err.contains(said), "\(url): \(ended)")
                #expect(!FileManager.default.fileExists(atPath: folder.path + "/new"))
            }
            // Without the end that most have.
            let found = try Self.run(["init", "--yes", "--server", server.url + "/"], folder)
            #expect(found.code == 0 && found.err.contains("found server at \(server.url)/v1: "), "\(found)")
            // A table of prices that is there is the person's.
            try folder.write("new/prices.yaml", "date: 2026-01-01\nmodels: {}\n")
            let again = try Self.run(
                ["init", "--yes", "--force", "--server", server.url, "--route", "server/tiny-1"], folder)
            #expect(again.code == 0 && again.err.contains("it has no price of server/tiny-1"), "\(again)")
        }
    }

    @Test func whatIsSuggestedHasAPrice() {
        for vendor in FoundModels.known {
            let model = ModelReference(provider: vendor.kind.rawValue, model: vendor.model)
            #expect(ShippedPrices.table.models[model] != nil, "\(model)")
        }
    }

    @Test func aServerThatSaysSomethingElseIsNone() async throws {
        for body in [
            "", "[]", "{\"data\":3}", "{\"data\":[{\"id\":\"a b\"},{\"id\":\"\"},{\"name\":\"x\"}]}",
        ] {
            let server = try ScriptedServer { _ in .json(200, [:], body) }
            #expect(await FoundModels.servers([("x", server.url)]).isEmpty, "\(body)")
        }
        let refused = try ScriptedServer { _ in .json(401, [:], "{\"data\":[{\"id\":\"a\"}]}") }
        #expect(await FoundModels.servers([("x", refused.url)]).isEmpty)
    }
}
