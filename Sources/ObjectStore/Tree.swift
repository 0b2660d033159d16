import AgentOSCore

/// One name in a folder.
public struct TreeEntry: Hashable, Sendable {
    /// What a name stands for.
    public enum Kind: UInt8, Sendable, Hashable {
        /// A file whose bytes are in the store.
        case file = 0x66  // f
        /// A symbolic link; its blob is the text of the link.
        case symlink = 0x6C  // l
        /// A folder; its digest is that of a tree.
        case folder = 0x64  // d
        /// A file over the size cap: digest and size are known, its bytes are not in the store.
        case oversize = 0x6F  // o
    }

    /// The bytes of the name, without a slash.
    public var name: [UInt8]
    /// What it stands for.
    public var kind: Kind
    /// The permission bits, `0o777` at most; 0 for a link.
    public var mode: UInt16
    /// Bytes of a file or of a link's text; 0 for a folder.
    public var size: Int64
    /// The address of the content, or of the folder's tree.
    public var digest: Digest

    /// An entry of these parts.
    public init(name: [UInt8], kind: Kind, mode: UInt16, size: Int64, digest: Digest) {
        self.name = name
        self.kind = kind
        self.mode = mode
        self.size = size
        self.digest = digest
    }

    /// Whether it is a file that its owner may execute.
    public var isExecutable: Bool { kind != .symlink && kind != .folder && mode & 0o100 != 0 }

    /// Whether two entries stand for the same thing, whatever their names.
    public func isSame(as other: TreeEntry) -> Bool {
        kind == other.kind && mode == other.mode && size == other.size && digest == other.digest
    }
}

/// A folder as it was: its names in order of their bytes.
///
/// Subfolders are trees of their own, so that what did not
/// change is stored once.
public struct Tree: Hashable, Sendable {
    /// The entries, sorted by the bytes of their names, each name once.
    public private(set) var entries: [TreeEntry]

    private static let header = Array("agentos-tree 1\n".utf8)

    /// A tree of these entries, which it sorts; of equal names the last one wins.
    public init(_ entries: [TreeEntry]) {
        var sorted = true
        for index in entries.indices.dropFirst()
        where !entries[index - 1].name.lexicographicallyPrecedes(entries[index].name) {
            sorted = false
        }
        if sorted {
            self.entries = entries
        } else {
            let byName = Dictionary(entries.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
            self.entries = byName.values.sorted { $0.name.lexicographicallyPrecedes($1.name) }
        }
    }

    /// The folder without anything in it.
    public static let empty = Tree([])

    /// The id of the folder without anything in it.
    public static let emptyID = emptyDigest.tree

    static let emptyDigest = Digest(hashing: Tree.empty.encoded)

    /// The entry of a name.
    public subscript(name: [UInt8]) -> TreeEntry? {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].name.lexicographicallyPrecedes(name) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low < entries.count && entries[low].name == name ? entries[low] : nil
    }

    /// The one byte form of this tree: a header, then `kind mode size digest name NUL` for each entry.
    public var encoded: [UInt8] {
        var out = Self.header
        out.reserveCapacity(out.count + entries.count * 110)
        for entry in entries {
            out.append(entry.kind.rawValue)
            out.append(0x20)
            out.append(contentsOf: String(entry.mode, radix: 8).utf8)
            out.append(0x20)
            out.append(contentsOf: String(entry.size).utf8)
            out.append(0x20)
            out.append(contentsOf: entry.digest.hexBytes)
            out.append(0x20)
            out.append(contentsOf: entry.name)
            out.append(0)
        }
        return out
    }

    /// Reads the byte form; nil unless it is exactly what `encoded` writes, in order and with plain names.
    public init?(encoded bytes: [UInt8]) {
        guard bytes.starts(with: Self.header) else { return nil }
        var entries: [TreeEntry] = []
        var index = Self.header.count
        func number(radix: Int64) -> Int64? {
            var value: Int64 = 0
            let start = index
            while index < bytes.count, bytes[index] != 0x20 {
                let digit = Int64(bytes[index]) - 0x30
                guard digit >= 0, digit < radix, index - start < 18, index == start || value > 0 else {
                    return nil
                }
                value = value * radix + digit
                index += 1
            }
            guard index > start, index < bytes.count else { return nil }
            index += 1
            return value
        }
        while index < bytes.count {
            guard index + 2 < bytes.count, let kind = TreeEntry.Kind(rawValue: bytes[index]),
                bytes[index + 1] == 0x20
            else { return nil }
            index += 2
            guard let mode = number(radix: 8), mode <= 0o777, let size = number(radix: 10),
                index + 65 < bytes.count,
                let digest = Digest(hex: bytes[index..<index + 64]), bytes[index + 64] == 0x20
            else { return nil }
            index += 65
            guard let end = bytes[index...].firstIndex(of: 0) else { return nil }
            let name = Array(bytes[index..<end])
            guard TreePath.isPlainName(name),
                entries.last.map({ $0.name.lexicographicallyPrecedes(name) }) ?? true
            else { return nil }
            entries.append(TreeEntry(name: name, kind: kind, mode: UInt16(mode), size: size, digest: digest))
            index = end + 1
        }
        self.entries = entries
    }
}
