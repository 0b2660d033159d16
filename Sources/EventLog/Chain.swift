import AgentOSCore
import Crypto
import FoundationEssentials

/// A SHA-256 digest: 32 bytes.
typealias Digest32 = [UInt8]

/// How an event is hashed.
///
/// The hash covers every stored column but itself, each preceded by its length in eight bytes, numbers as
/// eight bytes, big-endian. `previous` links the tenant's previous event and `streamPrevious` the stream's,
/// so that one stream verifies without the others.
enum Chain {
    /// What the first event of a tenant, and of a stream, links to.
    static let origin = Digest32(repeating: 0, count: 32)

    /// The columns of an event as bytes.
    struct Entry {
        var tenant: String
        var seq: Int64
        var stream: String
        var version: Int64
        var type: String
        var at: Int64
        var actor: String
        var payload: String
        var previous: Digest32
        var streamPrevious: Digest32
    }

    /// The digest of an entry.
    static func hash(_ entry: Entry) -> Digest32 {
        // Gathered first: a hasher takes one long piece faster than many short ones.
        var gathered: [UInt8] = []
        gathered.reserveCapacity(512 + entry.payload.utf8.count)
        func length(_ count: Int) {
            withUnsafeBytes(of: UInt64(count).bigEndian) { gathered.append(contentsOf: $0) }
        }
        func text(_ text: String) {
            length(text.utf8.count)
            gathered.append(contentsOf: text.utf8)
        }
        func number(_ number: Int64) {
            length(8)
            withUnsafeBytes(of: number.bigEndian) { gathered.append(contentsOf: $0) }
        }
        func bytes(_ bytes: Digest32) {
            length(bytes.count)
            gathered.append(contentsOf: bytes)
        }
        text("agentos.event.v1")
        text(entry.tenant)
        number(entry.seq)
        text(entry.stream)
        number(entry.version)
        text(entry.type)
        number(entry.at)
        text(entry.actor)
        text(entry.payload)
        bytes(entry.previous)
        bytes(entry.streamPrevious)
        var hasher = SHA256()
        gathered.withUnsafeBytes { hasher.update(bufferPointer: $0) }
        return Digest32(hasher.finalize())
    }

    /// The digits of a digest, lower case.
    static func hex(_ digest: Digest32) -> String {
        String(unsafeUninitializedCapacity: digest.count * 2) { buffer in
            for (index, byte) in digest.enumerated() {
                buffer[index * 2] = digit(byte >> 4)
                buffer[index * 2 + 1] = digit(byte & 15)
            }
            return digest.count * 2
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") - 10 + value
    }

    /// The bytes of digits; nil for anything else.
    static func bytes(hex text: String) -> Digest32? {
        let digits = Array(text.utf8)
        guard digits.count.isMultiple(of: 2) else { return nil }
        var bytes: Digest32 = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let byte = UInt8(String(decoding: digits[index...index + 1], as: UTF8.self), radix: 16)
            else { return nil }
            bytes.append(byte)
        }
        return bytes
    }
}
