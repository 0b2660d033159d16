import AgentOSCore
import ArgumentParser

/// `agentos doctor`.
struct DoctorCommand: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "What works here, and the command that mends what does not.")
    @OptionGroup var options: GlobalOptions

    func perform(_ program: Program, _ output: Output) async throws -> ExitCode {
        let findings = await Doctor(program: program, options: options).examine()
        if output.isJSON {
            try output.json(JSONValue.object(["checks": .array(try findings.map { try JSONText.value($0) })]))
        } else {
            for finding in findings {
                let mark = finding.ok ? "ok    " : "FAULT "
                output.line(
                    SafeText(
                        "\(mark) \(finding.name): \(finding.detail)"
                            + (finding.fix.map { "; mend: \($0)" } ?? "")))
            }
        }
        return findings.allSatisfy(\.ok) ? .done : .negative
    }
}
