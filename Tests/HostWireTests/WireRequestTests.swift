import AgentOSCore
import HostWire
import Testing

@Suite struct WireRequestTests {
    @Test(arguments: [
        (
            #"{"id":"1","do":"session.pause","args":{"id":"abc"}}"#,
            WireRequest.command(Command(id: "1", name: "session.pause", arguments: ["id": "abc"]))
        ),
        (#"{"id":7,"do":"host.drain"}"#, .command(Command(id: "7", name: "host.drain"))),
        (#"{"id":"q","get":"session.list"}"#, .query(id: "q", name: "session.list", arguments: [:])),
        (
            #"{"id":"f","follow":{"after":3,"type":"session.*","signals":true}}"#,
            .follow(id: "f", FollowRequest(after: 3, type: "session.*", signals: true), asLines: false)
        ),
        (#"{"id":"f","follow":{"lines":true}}"#, .follow(id: "f", FollowRequest(after: nil), asLines: true)),
        (#"{"id":"f","unfollow":true}"#, .unfollow(id: "f")),
        (
            #"{"hello":{"protocol":1,"as":"ana","ssh":"10.0.0.7 4 5 22"}}"#,
            .hello(ClientHello(name: "ana", ssh: "10.0.0.7 4 5 22"))
        ),
    ])
    func understands(line: String, request: WireRequest) throws {
        #expect(try WireRequest.parse(Array(line.utf8)) == request)
        #expect(try WireRequest.parse(request.line().dropLast()) == request)
    }

    @Test(arguments: [
        ("", nil, "the line is not JSON"), ("{", nil, "the line is not JSON"),
        ("[1]", nil, "the line is not a JSON object"),
        (#"{"do":"x"}"#, nil, "the line has no id"), (#"{"id":"","do":"x"}"#, nil, "the line has no id"),
        (#"{"id":"1"}"#, "1", "a line holds one of do, get, follow, unfollow"),
        (#"{"id":"1","do":"a","get":"b"}"#, "1", "a line holds one of do, get, follow, unfollow"),
        (#"{"id":"1","do":5}"#, "1", "do is not a string"),
        (#"{"id":"1","do":"a","args":[]}"#, "1", "args is not an object"),
        (#"{"id":"1","follow":true}"#, "1", "follow is not an object"),
        (#"{"id":"1","follow":{"before":2}}"#, "1", "follow does not understand before"),
        (#"{"hello":3}"#, nil, "the hello is not understood"),
    ])
    func refuses(line: String, id: String?, message: String) {
        let rejection = #expect(throws: WireRequest.Rejection.self) {
            try WireRequest.parse(Array(line.utf8))
        }
        #expect(rejection?.id == id)
        #expect(rejection?.fault.message == message)
        #expect(rejection?.fault.code == .usage)
    }

    @Test func bytesOfAnySortAreAnsweredWithARejection() {
        var random = SeededRandom(seed: 11)
        let seeds = [
            #"{"id":"1","do":"session.pause","args":{"id":"abc","n":[1,2.5,null,{"a":false}]}}"#,
            #"{"id":"f","follow":{"after":3,"type":"s*","signals":true}}"#, #"{"hello":{"protocol":1}}"#,
        ].map { Array($0.utf8) }
        for _ in 0..<2000 {
            var bytes = seeds.randomElement(using: &random) ?? []
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[place] = UInt8.random(in: 0 ... .max, using: &random)
                case 1: bytes.removeSubrange(place..<min(bytes.count, place + 5))
                default: bytes.insert(contentsOf: bytes.prefix(place), at: place)
                }
                if bytes.isEmpty { bytes = [0] }
            }
            do {
                let request = try WireRequest.parse(bytes)
                #expect(try WireRequest.parse(request.line().dropLast()) == request)
            } catch {
                #expect(error is WireRequest.Rejection, "\(error)")
            }
        }
    }

    @Test func aTowerOfBracketsIsRefused() {
        for open in ["[", #"{"a":"#] {
            let line = Array(String(repeating: open, count: 200_000).utf8)
            #expect(throws: WireRequest.Rejection.self) { try WireRequest.parse(line) }
        }
    }

    @Test(arguments: [
        ("10.0.0.7 51234 10.0.0.1 22", "10.0.0.7"), ("fe80::1%eth0 1 2 3", nil), ("fe80::1 1 2 3", "fe80::1"),
        ("\u{1B}[2J 1 2 3", nil), ("", nil),
    ])
    func thePeerIsAnAddress(ssh: String, peer: String?) { #expect(ClientHello(ssh: ssh).peer == peer) }
}
