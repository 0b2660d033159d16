import AgentOSCore
import Testing

@testable import Pulse

/// What command-line agents write, and what becomes of it.
@Suite struct AgentTalkTests {
    private func read(_ text: String) -> [AgentReport]? { StreamJSON.read(Array(text.utf8)) }

    @Test func linesOfAStreamAreReports() throws {
        #expect(read(#"{"type":"system","subtype":"init","model":"m","tools":[]}"#) == [.began(model: "m")])
        #expect(
            read(
                #"{"type":"assistant","message":{"content":[{"type":"thinking","thinking":"hm"},{"type":"text","text":"hi"},{"type":"tool_use","id":"t1","name":"Bash","input":{"command":"ls"}}]}}"#
            ) == [.said("hi"), .called(ToolCall(id: "t1", name: "Bash", arguments: ["command": "ls"]))])
        #expect(
            read(
                #"{"type":"user","message":{"content":[{"type":"tool_result","tool_use_id":"t1","is_error":true,"content":[{"type":"text","text":"a"},{"type":"image"}]}]}}"#
            ) == [.answered(id: "t1", result: ToolResult(text: "a\n[image]", isError: true))])
        #expect(
            read(
                #"{"type":"result","subtype":"success","is_error":false,"result":"ok","total_cost_usd":0.1,"usage":{"input_tokens":3,"output_tokens":4,"cache_read_input_tokens":5,"cache_creation_input_tokens":6}}"#
            ) == [
                .ended(
                    AgentAnswer(
                        text: "ok", isError: false,
                        usage: Usage(input: 3, output: 4, cacheRead: 5, cacheWrite: 6), cost: Money("0.1")))
            ])
    }

    @Test(arguments: [
        "", "{", "null", "[]", "7", "\"text\"", #"{"type":7}"#, #"{"type":"other"}"#,
        #"{"type":"assistant"}"#,
        #"{"type":"user","message":{"content":7}}"#, String(repeating: "[", count: 100_000),
        #"{"type":"system","x":"# + String(repeating: "{\"a\":", count: 100),
    ])
    func whatIsNotUnderstoodIsNoReport(_ text: String) { #expect(read(text) == nil) }

    @Test(arguments: ["-1", "1e300", "\"0.1\"", "true", "null", "2000000"])
    func whatIsNoCostIsNone(_ cost: String) throws {
        let reports = try #require(read(#"{"type":"result","total_cost_usd":\#(cost)}"#))
        #expect(reports == [.ended(AgentAnswer(text: nil, isError: false, usage: nil, cost: nil))])
    }

    /// However the bytes come, the lines are the same.
    @Test func piecesMakeTheSameLines() {
        var random = Seeded(state: 7)
        let bytes = (0..<4000).map { _ in
            [10, 13, 34, 123, 0xFF, 97][Int.random(in: 0..<6, using: &random)] as UInt8
        }
        let whole = bytes.split(separator: 10).map(Array.init)
        for _ in 0..<50 {
            var lines = AgentLines()
            var found: [[UInt8]] = []
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = Int.random(in: 1...200, using: &random)
                found += lines.take(rest.prefix(count))
                rest = rest.dropFirst(count)
            }
            if let last = lines.finish() { found.append(last) }
            #expect(found == whole)
        }
    }

    @Test func aLineWithoutEndIsNotKept() {
        var lines = AgentLines()
        let piece = [UInt8](repeating: 97, count: 1 << 20)
        for _ in 0..<10 { #expect(lines.take(piece[...]).isEmpty) }
        #expect(lines.take([10, 98, 10][...]) == [[98]])
        #expect(lines.left == 1)
    }

    /// Lines of a stream with bytes changed end in a report or in none.
    @Test func changedLinesAreRead() {
        var random = Seeded(state: 11)
        let line = Array(
            #"{"type":"assistant","message":{"content":[{"type":"text","text":"hi"},{"type":"tool_use","id":"t1","name":"B","input":{"a":[1,2.5,"\u00e9"]}}]}}"#
                .utf8)
        for _ in 0..<3000 {
            var changed = line
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                changed[Int.random(in: 0..<changed.count, using: &random)] = UInt8.random(
                    in: 0...255, using: &random)
            }
            _ = StreamJSON.read(changed)
        }
    }

    @Test func aTurnEndsWithTheLastOfItsResults() {
        var talk = AgentTalk()
        let calls = ["a", "b"].map { ToolCall(id: $0, name: "T", arguments: [:]) }
        #expect(talk.add(.answered(id: "z", result: ToolResult(text: ""))) == nil)
        #expect(talk.add(.said("one")) == nil && talk.add(.said("two")) == nil)
        #expect(calls.allSatisfy { talk.add(.called($0)) == nil })
        #expect(talk.add(.answered(id: "b", result: ToolResult(text: "B"))) == nil)
        let turn = talk.add(.answered(id: "a", result: ToolResult(text: "A")))
        #expect(turn?.text == "one\ntwo" && turn?.calls.map(\.result.text) == ["A", "B"])
        #expect(talk.rest() == nil && talk.text.isEmpty)
        #expect(talk.add(.called(calls[0])) == nil)
        #expect(talk.rest()?.calls.first?.result.isError == true)
    }

    @Test func placesAreFilledInOnce() {
        let first = AgentBrief(goal: "G {report}", report: "")
        #expect(first.words(of: ["p", "{goal}", "x={report}"]) == ["p", "G {report}", "x="])
        let later = AgentBrief(goal: "G", report: "R {goal}")
        #expect(later.words(of: ["p", "{goal}"]) == ["p", "G\n\nR {goal}"])
        #expect(later.words(of: ["p", "{goal}", "{report}"]) == ["p", "G", "R {goal}"])
    }
}

/// The same numbers each time (splitmix64).
private struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
