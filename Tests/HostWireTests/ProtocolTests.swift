import AgentOSCore
import Glibc
import HostWire
import TestSupport
import Testing

@Suite(.serialized) struct ProtocolTests {
    @Test func aProgramThatSendsALineIsAnswered() async throws {
        try await Served.with { served in
            let home = served.home
            let lines = try await onThread {
                let raw = try RawClient(home: home)
                raw.send(
                    """
                    {"id":"1","do":"session.pause","args":{"id":"abc"}}
                    {"id":"1","do":"refuse","args":{"id":"abc"}}
                    nonsense
                    {"id":2,"get":"session.show"}
                    {"id":3,"get":"session.list","args":{"limit":1}}
                    {"id":4,"get":"nothing"}

                    """)
                raw.endSending()
                return raw.lines()
            }
            #expect(lines.first?["hello"]?["protocol"] == 1)
            let texts = Set(try lines.dropFirst().map { try JSONText.string($0) })
            #expect(
                texts.contains(
                    #"{"message":"done session.pause","ok":true,"reply":"1","value":{"id":"abc"}}"#))
            #expect(
                texts.contains(
                    #"{"error":{"code":3,"hint":"make another","message":"abc is COMPLETE"},"ok":false,"reply":"1"}"#
                ))
            #expect(texts.contains { $0.contains("the line is not JSON") && $0.contains(#""reply":null"#) })
            #expect(texts.contains { $0.contains("session.show needs id") })
            #expect(texts.contains { $0.contains("unknown query nothing") })
            #expect(lines.contains { $0["reply"] == "3" && $0["value"]?["total"] == 7 })
            #expect(lines.count == 7)
        }
    }

    @Test func commandsOnOneThingAreDoneInTheOrderOfTheirLines() async throws {
        try await Served.with { served in
            let home = served.home
            let lines = try await onThread {
                let raw = try RawClient(home: home)
                for number in 0..<300 {
                    raw.send(#"{"id":"\#(number)","do":"x","args":{"id":"abc"}}"# + "\n")
                }
                raw.endSending()
                return raw.lines()
            }
            let ids = served.engine.commands.map { $0.id.split(separator: "/").map(String.init) }
            #expect(ids.compactMap(\.last) == (0..<300).map { String($0) })
            #expect(Set(ids.compactMap(\.first)).count == 1, "one connection, one prefix")
            #expect(lines.dropFirst().compactMap { $0["reply"]?.string } == (0..<300).map { String($0) })
        }
    }

    @Test func aLineOverTheLimitEndsTheConnectionWithAWord() async throws {
        try await Served.with { served in
            let home = served.home
            let lines = try await onThread {
                let raw = try RawClient(home: home)
                raw.send([UInt8](repeating: 0x61, count: WireProtocol.requestLimit + 70_000))
                return raw.lines()
            }
            #expect(lines.last?["error"]?["message"] == "a line is longer than 1 MiB")
            #expect(lines.last?["error"]?["code"] == 2)
        }
    }

    @Test func linesOfTheLogCanBeFollowedAndLeft() async throws {
        try await Served.with { served in
            served.engine.append()
            let home = served.home
            let engine = served.engine
            let lines = try await onThread {
                let raw = try RawClient(home: home)
                raw.send(
                    #"{"id":"f","follow":{"after":0,"lines":true}}"# + "\n" + #"{"id":"f","follow":{}}"#
                        + "\n")
                var lines = raw.lines(4)
                engine.append()
                lines += raw.lines(1)
                raw.send(#"{"id":"f","unfollow":true}"# + "\n" + #"{"id":"g","unfollow":true}"# + "\n")
                return lines + raw.lines(2)
            }
            #expect(lines[1] == ["reply": "f", "ok": true, "message": "following"])
            #expect(lines.contains { $0["error"]?["message"] == "f follows already" })
            let events = lines.filter { $0["type"] == "session.progress" }
            #expect(events.compactMap { $0["seq"] } == [1, 2])
            #expect(events.first?["tenantId"] == "main")
            #expect(lines.contains(["follow": "f", "end": true]))
            #expect(lines.contains { $0["error"]?["message"] == "nothing is followed as g" })
        }
    }

    @Test func aClientThatSpeaksAnotherProtocolIsTold() async throws {
        try await Served.with { served in
            let home = served.home
            let lines = try await onThread {
                let raw = try RawClient(home: home)
                raw.send(#"{"hello":{"protocol":99}}"# + "\n")
                return raw.lines()
            }
            #expect(lines.last?["error"]?["code"] == 5)
            #expect(lines.last?["error"]?["message"] == "the host speaks protocol 1, not 99")
        }
    }

    @Test func aClientThatVanishesInTheMiddleOfAllHarmsNobody() async throws {
        try await Served.with { served in
            let home = served.home
            for _ in 0..<500 { served.engine.append(bytes: 10_000) }
            _ = try await onThread {
                for round in 0..<30 {
                    let raw = try RawClient(home: home)
                    raw.send(
                        #"{"id":"f","follow":{"after":0}}"# + "\n" + #"{"id":"1","do":"x","args":{"id":"#)
                    _ = raw.lines(round % 3)
                }
            }
            #expect(try await served.client().hello().pid == 42)
        }
    }
}
