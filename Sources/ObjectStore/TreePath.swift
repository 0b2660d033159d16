/// A path inside a tree: bytes, relative, with `/` between its names.
///
/// File names on Linux are bytes. A `String` would merge names that differ only in Unicode normalisation and lose
/// bytes that are not UTF-8, so equality and order here are those of the bytes.
public struct TreePath: Hashable, Sendable, Comparable, Codable, CustomStringConvertible,
    ExpressibleByStringLiteral
{
    /// The bytes, as the system calls take them.
    public let bytes: [UInt8]

    /// A path of these bytes, unchecked; see `isPlain`.
    public init(bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }

    /// A path of this text.
    public init(_ text: String) { bytes = Array(text.utf8) }

    /// A literal in the source.
    public init(stringLiteral value: String) { self.init(value) }

    /// The root: the empty path.
    public static let root = TreePath(bytes: [])

    /// The names from the root on.
    public var names: [[UInt8]] {
        bytes.isEmpty ? [] : bytes.split(separator: 0x2F, omittingEmptySubsequences: false).map(Array.init)
    }

    /// The last name; empty for the root.
    public var name: [UInt8] {
        guard let slash = bytes.lastIndex(of: 0x2F) else { return bytes }
        return Array(bytes[(slash + 1)...])
    }

    /// The folder that holds it; the root's is the root.
    public var parent: TreePath {
        guard let slash = bytes.lastIndex(of: 0x2F) else { return .root }
        return TreePath(bytes: bytes[..<slash])
    }

    /// All folders above it, from the outermost on, without the root.
    public var ancestors: [TreePath] {
        bytes.indices.filter { bytes[$0] == 0x2F }.map { TreePath(bytes: bytes[..<$0]) }
    }

    /// The path of a name in this folder.
    public func appending(_ name: some Collection<UInt8>) -> TreePath {
        if bytes.isEmpty { return TreePath(bytes: name) }
        var joined = bytes
        joined.reserveCapacity(bytes.count + 1 + name.count)
        joined.append(0x2F)
        joined.append(contentsOf: name)
        return TreePath(bytes: joined)
    }

    /// Whether it is this folder or lies in it; everything lies in the root.
    public func isWithin(_ folder: TreePath) -> Bool {
        if folder.bytes.isEmpty { return true }
        guard bytes.starts(with: folder.bytes) else { return false }
        return bytes.count == folder.bytes.count || bytes[folder.bytes.count] == 0x2F
    }

    /// Whether every name is one that a folder can hold: none is empty, `.`, `..`, or has a NUL or a slash.
    public var isPlain: Bool { !bytes.isEmpty && names.allSatisfy(Self.isPlainName) }

    /// Whether a folder can hold something by this name.
    public static func isPlainName(_ name: some Collection<UInt8>) -> Bool {
        if name.isEmpty || name.elementsEqual([0x2E]) || name.elementsEqual([0x2E, 0x2E]) { return false }
        return !name.contains(0) && !name.contains(0x2F)
    }

    /// Orders as a walk meets paths: a folder's content comes right after it.
    public static func < (left: TreePath, right: TreePath) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes) { Self.rank($0) < Self.rank($1) }
    }

    private static func rank(_ byte: UInt8) -> UInt8 { byte == 0x2F ? 0 : byte }

    /// The path as text; bytes that are not UTF-8 show as `\xNN`.
    public var description: String {
        Self.text(of: bytes) { "\\x" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }
    }

    /// Reads the string that `encode` wrote.
    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        var out: [UInt8] = []
        for scalar in text.unicodeScalars {
            if scalar.value >= 0x10FF00 {
                out.append(UInt8(truncatingIfNeeded: scalar.value))
            } else {
                out.append(contentsOf: Array(String(scalar).utf8))
            }
        }
        bytes = out
    }

    /// Writes a string: bytes that are not UTF-8 become scalars U+10FF00 + byte, so that nothing is lost.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(
            Self.text(of: bytes) { String(Unicode.Scalar(0x10FF00 + UInt32($0)) ?? "\u{FFFD}") })
    }

    /// The text of bytes; each byte outside valid UTF-8, and each byte of the scalars that stand for such, is spelled.
    private static func text(of bytes: [UInt8], spelling: (UInt8) -> String) -> String {
        if bytes.allSatisfy({ $0 < 0x80 }) { return String(decoding: bytes, as: UTF8.self) }
        var out = ""
        var index = 0
        while index < bytes.count {
            let length = scalarLength(bytes, at: index)
            if length > 0 {
                out += String(decoding: bytes[index..<index + length], as: UTF8.self)
                index += length
            } else {
                out += spelling(bytes[index])
                index += 1
            }
        }
        return out
    }

    /// The length of the valid scalar at an index; 0 where none starts, or one that stands for a byte.
    private static func scalarLength(_ bytes: [UInt8], at index: Int) -> Int {
        let length: Int
        switch bytes[index] {
        case 0..<0x80: return 1
        case 0xC2...0xDF: length = 2
        case 0xE0...0xEF: length = 3
        case 0xF0...0xF4: length = 4
        default: return 0
        }
        guard index + length <= bytes.count,
            let text = String(validating: bytes[index..<index + length], as: UTF8.self),
            let scalar = text.unicodeScalars.first, scalar.value < 0x10FF00
        else { return 0 }
        return length
    }
}
