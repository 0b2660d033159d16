import AgentOSCore
import EventLog
import Testing

@Suite("Signals")
struct SignalHubTests {
    let hub = SignalHub<String, String>(bound: 4) { snapshot, text in snapshot = (snapshot ?? "") + text }
    let topic = SignalTopic(tenant: .main, stream: "session/a")

    /// The text as a subscriber that applies updates sees it, and the updates by kind.
    private func read(_ signals: SignalHub<String, String>.Signals) async -> (text: String, kinds: String) {
        var text = ""
        var kinds = ""
        for await update in signals {
            switch update {
            case .snapshot(let all):
                text = all
                kinds += "S"
            case .signal(let more):
                text += more
                kinds += "s"
            case .ended:
                return (text, kinds + "e")
            }
        }
        return (text, kinds)
    }

    @Test("who joins late starts with the text so far") func joinsLate() async {
        hub.publish("He", to: topic)
        hub.publish("l", to: topic)
        let late = hub.subscribe(topic)
        hub.publish("lo", to: topic)
        #expect(hub.snapshot(of: topic) == "Hello")
        hub.end(topic)
        #expect(await read(late) == ("Hello", "Sse"))
        #expect(hub.snapshot(of: topic) == nil)
    }

    @Test("who falls behind gets a snapshot in place of what was dropped") func fallsBehind() async {
        let slow = hub.subscribe(topic)
        for letter in "abcdefg" { hub.publish(String(letter), to: topic) }
        hub.end(topic)
        #expect(await read(slow) == ("abcdefg", "Ssse"))
    }

    @Test("INV-1: topics do not mix") func topics() async {
        let mine = hub.subscribe(topic)
        hub.publish("theirs", to: SignalTopic(tenant: .host, stream: "session/a"))
        hub.publish("mine", to: topic)
        hub.end(topic)
        #expect(await read(mine) == ("mine", "se"))
    }

    @Test("a subscriber that waits is woken, and ends with its task") func wakes() async {
        let hub = hub
        let topic = topic
        await withTaskGroup(of: String.self) { group in
            for _ in 0..<8 {
                let signals = hub.subscribe(topic)
                group.addTask { await read(signals).text }
            }
            for letter in "streaming" { hub.publish(String(letter), to: topic) }
            hub.end(topic)
            for await text in group { #expect(text == "streaming") }
        }
        await withTaskGroup(of: String.self) { group in
            let signals = hub.subscribe(topic)
            group.addTask { await read(signals).kinds }
            group.cancelAll()
            #expect(await group.next()?.isEmpty == true)
        }
    }
}
