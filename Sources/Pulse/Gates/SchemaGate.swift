import AgentOSCore

/// Whether a JSON text meets a JSON Schema, both as bytes.
func verdict(ofSchema schema: [UInt8], named schemaPath: String, on value: [UInt8]?, named path: String)
    -> GateVerdict
{
    func red(_ reason: String) -> GateVerdict { GateVerdict(reason: reason, output: reason) }
    guard let value else { return red("there is no file \(path)") }
    do {
        let wanted = try JSONText.decode(JSONValue.self, from: schema)
        let rules = try JSONSchema(wanted)
        guard let found = try? JSONText.decode(JSONValue.self, from: value) else {
            return red("\(path) is not JSON")
        }
        // A problem names keys of the file, which the agent wrote.
        let problems = try rules.problems(in: found).map { SafeText($0).text }
        guard let first = problems.first else {
            return GateVerdict(reason: nil, output: "\(path) meets \(schemaPath)")
        }
        let more = problems.count > 1 ? " (and \(problems.count - 1) more)" : ""
        return GateVerdict(
            reason: "\(path) \(first)\(more)",
            output: problems.map { "\(path) \($0)" }.joined(separator: "\n"))
    } catch let refusal as SchemaRefusal {
        return red("\(schemaPath) cannot be used: \(SafeText("\(refusal)"))")
    } catch {
        return red("\(schemaPath) is not JSON")
    }
}
