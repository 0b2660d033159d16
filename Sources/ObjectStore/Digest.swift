import AgentOSCore
import Crypto

/// A SHA-256, as 32 bytes without a heap allocation: the address of an object.
public struct Digest: Hashable, Sendable, BitwiseCopyable {
    private var word0: UInt64
    private var word1: UInt64
    private var word2: UInt64
    private var word3: UInt64

    /// The digest of some bytes.
    public init(hashing bytes: some Collection<UInt8>) {
        var hasher = Hasher256()
        let contiguous: Void? = bytes.withContiguousStorageIfAvailable {
            hasher.update(UnsafeRawBufferPointer($0))
        }
        if contiguous == nil { Array(bytes).withUnsafeBytes { hasher.update($0) } }
        self = hasher.finish()
    }

    /// A digest from its 32 bytes; nil for any other number.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        (word0, word1, word2, word3) = bytes.withUnsafeBytes { raw in
            func word(_ index: Int) -> UInt64 {
                UInt64(bigEndian: raw.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self))
            }
            return (word(0), word(1), word(2), word(3))
        }
    }

    /// A digest from 64 lower-case hexadecimal digits; nil for anything else.
    public init?(hex: ArraySlice<UInt8>) {
        guard hex.count == 64 else { return nil }
        (word0, word1, word2, word3) = (0, 0, 0, 0)
        var index = 0
        for byte in hex {
            let digit: UInt8
            switch byte {
            case 0x30...0x39: digit = byte - 0x30
            case 0x61...0x66: digit = byte - 0x61 + 10
            default: return nil
            }
            switch index >> 4 {
            case 0: word0 = word0 << 4 | UInt64(digit)
            case 1: word1 = word1 << 4 | UInt64(digit)
            case 2: word2 = word2 << 4 | UInt64(digit)
            default: word3 = word3 << 4 | UInt64(digit)
            }
            index += 1
        }
    }

    /// The digest that a blob's id spells; nil when it spells none.
    public init?(_ id: BlobID) { self.init(hex: Array(id.rawValue.utf8)[...]) }

    /// The digest that a tree's id spells; nil when it spells none.
    public init?(_ id: TreeID) { self.init(hex: Array(id.rawValue.utf8)[...]) }

    /// The 32 bytes.
    public var bytes: [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(32)
        for word in [word0, word1, word2, word3] {
            for shift in stride(from: 56, through: 0, by: -8) {
                out.append(UInt8(truncatingIfNeeded: word >> shift))
            }
        }
        return out
    }

    /// 64 lower-case hexadecimal digits, as bytes.
    public var hexBytes: [UInt8] {
        let digits = StaticDigits.lower
        var out: [UInt8] = []
        out.reserveCapacity(64)
        for word in [word0, word1, word2, word3] {
            for shift in stride(from: 60, through: 0, by: -4) { out.append(digits[Int(word >> shift & 15)]) }
        }
        return out
    }

    /// 64 lower-case hexadecimal digits.
    public var hex: String { String(decoding: hexBytes, as: UTF8.self) }

    /// The digest as the id of a blob.
    public var blob: BlobID { BlobID(hex) }

    /// The digest as the id of a tree.
    public var tree: TreeID { TreeID(hex) }
}

private enum StaticDigits {
    static let lower = Array("0123456789abcdef".utf8)
}

/// SHA-256 of bytes that arrive in parts.
public struct Hasher256 {
    private var hasher = SHA256()

    /// A hasher that has seen nothing.
    public init() {}

    /// Takes in more bytes.
    public mutating func update(_ bytes: UnsafeRawBufferPointer) { hasher.update(bufferPointer: bytes) }

    /// The digest of all bytes so far.
    public func finish() -> Digest {
        let digest = hasher.finalize()
        guard let value = Digest(bytes: Array(digest)) else { preconditionFailure("SHA-256 has 32 bytes") }
        return value
    }
}
