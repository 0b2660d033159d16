import AgentOSCore
import Glibc

/// An append that was checked, its actor as text.
struct PreparedAppend: Sendable {
    let append: Append
    let actor: String

    /// Checks what must never reach the table; throws a `Fault`.
    init(_ append: Append) throws {
        guard append.tenant.isValid else { throw Fault.usage("\(append.tenant) cannot name a tenant") }
        guard Self.isName(append.stream, limit: 512) else {
            throw Fault.usage("\(append.stream.prefix(64)) cannot name a stream")
        }
        if let id = append.commandId, !Self.isName(id, limit: 512) {
            throw Fault.usage("\(id.prefix(64)) cannot be the id of a command")
        }
        for event in append.events {
            guard Self.isName(event.type, limit: 128) else {
                throw Fault.usage("\(event.type.prefix(64)) cannot be the type of an event")
            }
            let size = event.payload.utf8.count
            guard size <= EventLog.payloadLimit else {
                throw Fault.refused(
                    "\(event.type) of \(append.stream) holds \(size) bytes, more than \(EventLog.payloadLimit)",
                    hint: "keep the body in the object store and its hash in the event")
            }
            guard event.payload.utf8.first == UInt8(ascii: "{"), event.payload.utf8.last == UInt8(ascii: "}"),
                !Self.hasNul(event.payload)
            else { throw Fault.usage("the payload of \(event.type) is not the text of a JSON object") }
        }
        self.append = append
        actor = try ActorText.text(append.actor)
    }

    private static func hasNul(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { bytes in bytes.baseAddress.map { memchr($0, 0, bytes.count) != nil } ?? false }
    }

    private static func isName(_ text: String, limit: Int) -> Bool {
        (1...limit).contains(text.utf8.count) && text.utf8.allSatisfy { $0 > 32 && $0 != 127 }
    }
}
