import AgentOSCore
import ArgumentParser
import FoundationEssentials
import Pulse

/// `session audit`.
struct SessionAuditing: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract:
            "Answers for a session: who asked, what it was allowed, did, cost and gave out, with proof.",
        discussion: """
            The JSON, and the file of --export, hold the entries of the log with all that their hashes cover: \
            whoever has only that file checks it with --verify, without a home.
            """)
    @Argument(
        help: ArgumentHelp("A session's id, an unambiguous prefix of it, or its name.", valueName: "id"))
    var id: String?
    @Flag(help: "As Markdown, for a pull request.") var markdown = false
    @Option(help: ArgumentHelp("Write the audit with its proof to a new file.", valueName: "file"))
    var export: String?
    @Option(help: ArgumentHelp("Check a file that --export or --json has written.", valueName: "file"))
    var verify: String?
    @Option(
        help: ArgumentHelp(
            "With --verify: a hash known from elsewhere, as a commit's AgentOS-Audit.", valueName: "hash"))
    var expect: String?
    @OptionGroup var options: GlobalOptions

    func validate() throws {
        guard (id == nil) != (verify == nil) else {
            throw ValidationError("give a session's id, or --verify and a file")
        }
        if verify != nil, markdown || export != nil { throw ValidationError("--verify stands alone") }
        if expect != nil, verify == nil { throw ValidationError("--expect goes with --verify") }
    }

    func perform(_ program: Program, _ output: Output) async throws -> ExitCode {
        guard let id else { return try check(program.path(verify ?? ""), output) }
        let audit = try await program.withEngine(options) { try await $0.client.ask(SessionAudit(id: id)) }
        if let export { try write(audit, to: program.path(export)) }
        if output.isJSON {
            output.json(text: try audit.text())
        } else if markdown {
            output.document(AuditMarkdown(audit).text)
        } else if let export {
            output.tell(
                "\(audit.sessionId) written to \(export); check it: agentos session audit --verify \(export)")
        } else {
            AuditText(audit).lines.forEach { output.line($0) }
        }
        return audit.verified ? .done : .negative
    }

    private func write(_ audit: AuditDocument, to path: String) throws {
        guard !FileManager.default.fileExists(atPath: path) else {
            throw Fault.refused("\(path) exists", hint: "name a file that does not")
        }
        do { try Data(audit.text().utf8).write(to: URL(filePath: path)) } catch {
            throw Fault.failed("\(path) cannot be written", hint: "name another place: --export FILE")
        }
    }

    private func check(_ path: String, _ output: Output) throws -> ExitCode {
        guard let bytes = FileManager.default.contents(atPath: path) else {
            throw Fault.notFound(
                "there is no file \(path)", hint: "write one: agentos session audit ID --export FILE")
        }
        do {
            // Bytes that are no text are no audit.
            guard let text = String(validating: bytes, as: UTF8.self) else {
                return try tell(nil, try AuditCheck.damaged(Array(bytes)), output)
            }
            let audit = try AuditCheck.verify(text: text, expecting: expect)
            return try tell(audit, nil, output)
        } catch let finding as AuditFinding {
            return try tell(nil, finding, output)
        }
    }

    private func tell(_ audit: AuditDocument?, _ finding: AuditFinding?, _ output: Output) throws -> ExitCode
    {
        if output.isJSON {
            var members: [String: JSONValue] = ["verified": .bool(finding == nil)]
            if let audit {
                members["sessionId"] = .string(audit.sessionId.rawValue)
                members["entries"] = .int(Int64(audit.entries.count))
                members["withheld"] = .int(Int64(audit.withheld))
            }
            members["brokenAt"] = finding?.seq.map { .int($0) }
            members["damage"] = finding.map { .string($0.description) }
            try output.json(JSONValue.object(members))
        } else if let audit {
            output.line(SafeText("session \(audit.sessionId) \(audit.name): \(AuditText(audit).verdict)"))
        } else if let finding {
            output.line(SafeText("broken: \(finding)"))
        }
        return finding == nil ? .done : .negative
    }
}
