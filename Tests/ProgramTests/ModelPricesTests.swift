import AgentOSCore
import FoundationEssentials
import TestSupport
import Testing

/// `model list` and `model prices import`, as a person uses them.
@Suite(.serialized) struct ModelPricesTests {
    private static func list(_ count: Int, input: String = "1.25e-06") -> String {
        let entries = (0..<count).map {
            #""gpt-\#($0)":{"mode":"chat","litellm_provider":"openai","input_cost_per_token":\#(input),"output_cost_per_token":1e-05,"max_input_tokens":272000}"#
        }
        return "{" + entries.joined(separator: ",") + "}"
    }

    private static func run(_ words: String, _ folder: TemporaryFolder) throws -> ChildProgram.Ended {
        try ChildProgram.run(words.split(separator: " ").map(String.init), folder: folder)
    }

    private static func text(_ folder: TemporaryFolder, _ name: String) -> String? {
        try? String(contentsOfFile: folder.path + "/" + name, encoding: .utf8)
    }

    @Test func pricesAreTakenOverAndUsed() async throws {
        try await onThread {
            let folder = try TemporaryFolder()
            try folder.write(
                "config.yaml",
                "providers: {openai: {kind: custom, url: \"http://127.0.0.1:1/v1\", key: none}}\nmodels: {default: [openai/gpt-3, openai/other]}\nprices: prices.yaml\n"
            )
            try folder.write("list.json", Self.list(60))
            let dry = try Self.run("model prices import list.json --dry-run", folder)
            #expect(dry.code == 0 && dry.out.contains("would hold 60 new, 0 changed"), "\(dry)")
            #expect(Self.text(folder, "prices.yaml") == nil)
            let first = try Self.run("model prices import list.json --date 2026-11-20", folder)
            #expect(
                first.code == 0
                    && first.out.hasSuffix(": 60 new, 0 changed, 0 as before, dated 2026-11-20\n"), "\(first)"
            )
            let shown = try Self.run("model list", folder).out
            #expect(
                shown == """
                    MODEL         INPUT    OUTPUT   CACHED  WINDOW  PRICES      ROUTES
                    openai/gpt-3  1.25     10.00            272000  2026-11-20  default
                    openai/other  unknown  unknown                              default

                    """)
            #expect(try Self.run("model list --all --json", folder).json?.array?.count == 61)
            #expect(try Self.run("config check", folder).code == 0)
            try folder.write("list.json", Self.list(61, input: "1e-06"))
            let before = Self.text(folder, "prices.yaml")
            let second = try Self.run("model prices import list.json --json", folder)
            #expect(second.json?["added"]?.array?.count == 1 && second.json?["changed"]?.array?.count == 60)
            #expect(Self.text(folder, "prices.yaml~") == before)
        }
    }

    @Test func aListThatIsNotToBeTrustedChangesNothing() async throws {
        try await onThread {
            let folder = try TemporaryFolder()
            try folder.write("config.yaml", "prices: prices.yaml\n")
            try folder.write("list.json", Self.list(120))
            #expect(try Self.run("model prices import list.json", folder).code == 0)
            let before = Self.text(folder, "prices.yaml")
            for (text, words) in [
                (Self.list(59), "knows only 59 of the 120 models"), (Self.list(20), "prices 20 models"),
                ("{\"gpt", "is not JSON, or it is cut"),
            ] {
                try folder.write("list.json", text)
                let ended = try Self.run("model prices import list.json", folder)
                #expect(ended.code == 2 && ended.err.contains(words), "\(ended)")
                #expect(ended.err.split(separator: "\n").count == 1 && ended.out.isEmpty)
                #expect(Self.text(folder, "prices.yaml") == before)
            }
            #expect(try Self.run("model prices import none.json", folder).code == 2)
            try folder.write("list.json", Self.list(61))
            #expect(try Self.run("model prices import list.json", folder).code == 0)
            #expect(try Self.run("model prices import list.json --date soon", folder).code == 2)
        }
    }
}
