import AgentOSCore
import EngineHost
import EventLog
import Synchronization
import TestSupport
import Testing

/// Sessions against each vendor's wire, from the goal to the end.
@Suite(.serialized) struct VendorRunTests {
    private static let canary = "key-canary-9f86d081884c"

    @Test("INV-2: a session runs to COMPLETE, its key is nowhere", arguments: VendorWire.allCases)
    func completes(_ wire: VendorWire) async throws {
        let asked = Mutex<[JSONValue]>([])
        let server = try ScriptedServer { request in
            guard let body = try? JSONText.decode(JSONValue.self, from: request.body) else {
                return .reply(400)
            }
            let turn = asked.withLock { asked in
                asked.append(body)
                return asked.count
            }
            return wire.answer(turn == 1 ? .call("shell", #"{"command":"echo made > out.txt"}"#) : .hello)
        }
        let world = try World()
        let host = try await world.host { configuration in
            configuration.providers = [wire.provider("vendor", url: server.url, key: Self.canary)]
            configuration.routes = [
                "default": RouteConfiguration(models: [ModelReference(provider: "vendor", model: "m")])
            ]
        }
        try await world.running(host) { client in
            let id = try await client.begin(SessionConfig(name: "wire", goal: "Make out.txt."))
            let detail = try await client.wait(id, for: .complete, .failed, .paused)
            #expect(detail.summary.state == .complete)
            #expect(detail.summary.usage == VendorWire.usage + VendorWire.usage)
            let events = try await client.ask(EventPage(limit: 1000))
            #expect(!events.contains { $0.payload.contains(Self.canary) })
        }
        #expect(server.requests.count == 2)
        #expect(server.requests.allSatisfy { $0.headers[wire.keyHeader]?.contains(Self.canary) == true })
        #expect(server.requests.allSatisfy { !$0.target.contains(Self.canary) })
        let second = try #require(asked.withLock { $0.last })
        #expect(try JSONText.string(second).contains("echo made > out.txt"))
        if wire == .google { #expect(try JSONText.string(second).contains("c2lnbmVk")) }
        host.close()
    }
}
