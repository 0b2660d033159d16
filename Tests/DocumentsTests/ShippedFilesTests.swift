import AgentOSCore
import FoundationEssentials
import Testing

@testable import Documents

@Suite("Files that ship")
struct ShippedFilesTests {
    /// The top of the source tree.
    private static let top = #filePath.split(separator: "/").dropLast(3).map { "/\($0)" }.joined()

    private static func files(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(top)/\(folder)").sorted()
            .map { "\(top)/\(folder)/\($0)" }
    }

    @Test("Every theme reads clean; with its parent it has each role and no colour out of nowhere")
    func themes() throws {
        let paths = try Self.files("themes")
        #expect(paths.count >= 3)
        let standard = try ThemeDocument.read(path: "\(Self.top)/themes/default.yaml")
        for path in paths {
            let theme = try ThemeDocument.read(path: path)
            let whole = theme.inherits == nil ? theme : theme.over(standard)
            #expect(Set(whole.roles.keys) == Set(ThemeFile.roleNames), "\(path)")
            for (name, role) in whole.roles {
                for reference in [role.foreground, role.background].compactMap({ $0 }) {
                    #expect(whole.colour(reference) != nil, "\(path): \(name)")
                }
            }
        }
    }

    @Test("The monochrome theme names no colour")
    func mono() throws {
        let theme = try ThemeDocument.read(path: "\(Self.top)/themes/mono.yaml")
        #expect(theme.roles.count == ThemeFile.roleNames.count)
        #expect(theme.roles.values.allSatisfy { $0.foreground == nil && $0.background == nil })
        #expect(theme.roles["selection"]?.attributes == [.reverse])
    }

    @Test("The default keymap has the keys of the contract")
    func keymap() throws {
        let keymap = try KeymapDocument.read(path: "\(Self.top)/keymaps/default.yaml")
        let wanted = [
            "j": "view.down", "k": "view.up", "Up": "view.up", "Down": "view.down", "Enter": "view.enter",
            "Esc": "view.back", "!": "inbox.next", "n": "session.new", "P": "host.pause-all",
            "b": "session.rollback",
            "z": "session.undo", "Ctrl-K": "session.cancel", "i": "session.say", "d": "session.diff",
            "a": "session.apply", "y": "inbox.yes", "N": "inbox.no", "/": "view.filter", ":": "view.command",
            "?": "view.help",
        ]
        for (key, command) in wanted { #expect(keymap.command(for: key, in: "global") == command) }
        for key in ["1", "p", "q"] { #expect(keymap.command(for: key, in: "global") != nil) }
    }

    @Test("Every example reads clean")
    func examples() throws {
        let folder = "\(Self.top)/examples"
        let configuration = try ConfigurationDocument.read(
            path: "\(folder)/config.yaml", environment: ["HOME": "/h"])
        #expect(configuration.values.providers.map(\.name) == ["local", "rehearsed"])
        let prices = try PricesDocument.read(path: "\(folder)/prices.yaml")
        #expect(prices.models.count == 2)
        let session = try SessionDocument.read(path: "\(folder)/session.yaml", environment: ["HOME": "/h"])
        #expect(session.name == "fix-flaky-test" && session.gates.count == 8)
        let foreign = try SessionDocument.read(path: "\(folder)/agent/session.yaml")
        #expect(foreign.agent?.name == "sh" && foreign.agent?.network == NetworkPolicy.none)
    }

    @Test("Agents of session files")
    func agents() throws {
        func agent(_ text: String) throws -> AgentConfig? {
            try SessionDocument.parse(
                Array("goal: g\nagent: \(text)\n".utf8), path: "/f/s.yaml", environment: ["HOME": "/h"]
            ).agent
        }
        #expect(try agent("model") == nil)
        #expect(
            try agent(
                #"{command: [claude, -p, "{goal}"], protocol: stream-json, env: [A_KEY], mount_ro: [~/.claude, x], network: all}"#
            )
                == AgentConfig(
                    command: ["claude", "-p", "{goal}"], talk: .streamJSON, env: ["A_KEY"],
                    readRoots: ["/h/.claude", "/f/x"], network: .all))
        for wrong in [
            "{}", "{command: []}", "{command: [a]}", "claude", #"{command: [a, "{goal}"], protocol: pty}"#,
            #"{command: [a, "{goal}"], env: [A=B]}"#, #"{command: [a, "{goal}"], other: 1}"#,
        ] {
            #expect(throws: DocumentFaults.self) { try agent(wrong) }
        }
    }

    @Test("The rehearsal of the tour fits together: its parts exist and its replies edit what is there")
    func tour() throws {
        let folder = "\(Self.top)/examples/tour"
        let configuration = try ConfigurationDocument.read(path: "\(folder)/config.yaml").values
        let session = try SessionDocument.read(path: "\(folder)/session.yaml")
        #expect(session.workspace == .copy(path: "\(folder)/program", include: []))
        #expect(ModelReference(session.model)?.provider == configuration.providers.first?.name)
        let replies = try #require(configuration.providers.first?.file)
        var program = try String(contentsOfFile: "\(folder)/program/duration.sh", encoding: .utf8)
        for line in try String(contentsOfFile: replies, encoding: .utf8).split(separator: "\n") {
            let reply = try JSONText.decode(JSONValue.self, from: String(line))
            for call in reply["tool_calls"]?.array ?? [] {
                let name = try #require(call["name"]?.string)
                #expect(session.tools.contains(name))
                guard name == "edit" else { continue }
                let old = try #require(call["arguments"]?["old"]?.string)
                let new = try #require(call["arguments"]?["new"]?.string)
                #expect(program.ranges(of: old).count == 1)
                program = program.replacing(old, with: new)
            }
        }
        #expect(program.contains("total += number"))
    }
}
