import AgentOSCore
import FoundationEssentials

/// Plays replies from a file, a line a request (CONTRACT.md, "Rehearsed models").
struct RehearsalProvider: ModelProvider {
    private let path: String
    private let lines = RehearsalLines()
    private let sleep: @Sendable (Duration) async throws -> Void

    init(
        _ configuration: ProviderConfiguration, sleep: @escaping @Sendable (Duration) async throws -> Void
    ) throws(Fault) {
        guard let path = configuration.file else {
            throw .usage(
                "provider \(configuration.name): kind rehearsal needs a file",
                hint: "set file to a replies.jsonl")
        }
        self.path = path
        self.sleep = sleep
    }

    func reply(to attempt: ModelAttempt) async throws(AttemptFailure) -> ProviderReply {
        let line: RehearsalLine
        do { line = try RehearsalFile.line(attempt.replyIndex, of: path, known: lines) } catch {
            throw AttemptFailure(.rehearsal, .none, error.message, hint: error.hint ?? "mend the file")
        }
        if let file = line.untilFile { try await wait(until: file) }
        try await wait(line.afterMs)
        try await say(line, attempt.onEvent)
        let usage = line.usage?.usage ?? Usage()
        if let error = line.error {
            var failure = RehearsalError.failure(error)
            failure.usage = line.usage == nil ? nil : usage
            failure.window = line.window
            // Where the engine comes to a compaction by itself, as it did in the recorded run, the summary is next.
            if line.compaction == true, attempt.request.isCompaction == true { failure.remedy = .retry }
            throw failure
        }
        let calls = (line.toolCalls ?? []).enumerated().map { number, call in
            ToolCall(
                id: "call_\(attempt.replyIndex + 1)_\(number + 1)", name: call.name,
                arguments: call.arguments ?? [:])
        }
        for call in calls { attempt.onEvent(.call(name: call.name)) }
        return ProviderReply(
            text: line.text ?? "", calls: calls, usage: usage,
            finish: line.finish ?? (calls.isEmpty ? .stop : .tools))
    }

    private func say(
        _ line: RehearsalLine, _ onEvent: @Sendable (ModelStreamEvent) -> Void
    ) async throws(AttemptFailure) {
        guard let text = line.text, !text.isEmpty else { return }
        guard let pause = line.chunkMs, pause > 0 else { return onEvent(.text(text)) }
        for (number, word) in Self.words(text).enumerated() {
            if number > 0 { try await wait(pause) }
            onEvent(.text(word))
        }
    }

    private func wait(_ milliseconds: Int?) async throws(AttemptFailure) {
        guard let milliseconds, milliseconds > 0 else { return }
        do { try await sleep(.milliseconds(milliseconds)) } catch { throw .cancelled }
    }

    private func wait(until file: String) async throws(AttemptFailure) {
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
        let wanted = file.hasPrefix("/") ? file : folder + file
        while !FileManager.default.fileExists(atPath: wanted) { try await wait(50) }
    }

    /// The text in pieces that end after a space: joined they are the text.
    static func words(_ text: String) -> [String] {
        var words: [String] = []
        var word = ""
        for character in text {
            word.append(character)
            if character.isWhitespace {
                words.append(word)
                word = ""
            }
        }
        return word.isEmpty ? words : words + [word]
    }
}
