import AgentOSCore
import Testing

@testable import Pulse

@Suite("The size of a prompt")
struct PromptSizeTests {
    @Test("is the count of its bytes as JSON, for any request")
    func equalsTheEncoding() throws {
        var random = SplitMix(state: 7)
        for _ in 0..<400 {
            let request = random.request()
            #expect(request.jsonSize == (try JSONText.encode(request).count))
        }
    }
}

/// Random requests from a seed.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func text() -> String {
        let pieces = [
            "a", "\"", "\\", "/", "\n", "\r\n", "\t", "\u{8}", "\u{c}", "\u{0}", "\u{1b}", "\u{7f}", "é", "猫",
            "😀",
            "\u{2028}", "word ",
        ]
        return (0..<Int.random(in: 0...12, using: &self))
            .map { _ in pieces.randomElement(using: &self) ?? "" }.joined()
    }

    mutating func value(_ depth: Int) -> JSONValue {
        switch Int.random(in: 0...(depth > 0 ? 6 : 4), using: &self) {
        case 0: .null
        case 1: .bool(Bool.random(using: &self))
        case 2: .int(Int64.random(in: .min ... .max, using: &self))
        case 3: .double(Double(Int.random(in: -999...999, using: &self)) + 0.5)
        case 4: .string(text())
        case 5: .array((0..<Int.random(in: 0...3, using: &self)).map { _ in value(depth - 1) })
        default:
            .object(
                Dictionary(
                    (0..<Int.random(in: 0...3, using: &self)).map { _ in (text(), value(depth - 1)) },
                    uniquingKeysWith: { $1 }))
        }
    }

    mutating func message() -> Message {
        switch Int.random(in: 0...2, using: &self) {
        case 0: .user(text())
        case 1:
            .assistant(
                text: text(),
                calls: (0..<Int.random(in: 0...2, using: &self)).map { _ in
                    ToolCall(id: text(), name: text(), arguments: value(2))
                })
        default: .tool(callId: text(), text: text(), isError: Bool.random(using: &self))
        }
    }

    mutating func request() -> ModelRequest {
        ModelRequest(
            system: text(), messages: (0..<Int.random(in: 0...5, using: &self)).map { _ in message() },
            tools: (0..<Int.random(in: 0...2, using: &self)).map { _ in
                ToolSpec(name: text(), description: text(), parameters: value(3))
            },
            maxOutputTokens: Bool.random(using: &self) ? Int.random(in: 1...99999, using: &self) : nil,
            isCompaction: Bool.random(using: &self) ? Bool.random(using: &self) : nil)
    }
}
