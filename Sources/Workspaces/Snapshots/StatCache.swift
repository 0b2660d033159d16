import AgentOSCore
import Glibc
import ObjectStore

/// What a folder held at the last snapshot, so that only what changed is read again.
final class CachedFolder {
    struct Entry {
        var entry: TreeEntry
        var modified: Int64
        var changed: Int64
        /// 0 for an entry that was too young to be trusted.
        var inode: UInt64
        var child: CachedFolder?
    }

    let rules: Digest
    let digest: Digest
    let entries: [Entry]

    init(rules: Digest, digest: Digest, entries: [Entry]) {
        self.rules = rules
        self.digest = digest
        self.entries = entries
    }
}

/// The cache as a file.
///
/// It is a hint: one that is missing, damaged, or of another folder is as good as none.
enum StatCache {
    private static let magic: UInt64 = 0x6167_6F73_5F73_6304

    static func read(_ path: String, root: FileStatus?) -> CachedFolder? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return nil }
        let file = OpenFile(descriptor: descriptor, label: path)
        guard let size = try? file.status().size, size < 1 << 28,
            let bytes = try? file.readAll(expected: size), bytes.count > 32
        else { return nil }
        return bytes.withUnsafeBytes { buffer in
            var reader = Reader(bytes: UnsafeRawBufferPointer(rebasing: buffer[..<(buffer.count - 8)]))
            guard
                checksum(reader.bytes)
                    == buffer.loadUnaligned(fromByteOffset: buffer.count - 8, as: UInt64.self),
                reader.word() == magic, let device = reader.word(), let inode = reader.word(),
                root.map({ $0.device == device && $0.inode == inode }) ?? true
            else { return nil }
            return reader.folder(depth: 0)
        }
    }

    /// All that a cache names: files and folders that the next snapshot takes as stored; none where it cannot be read.
    static func digests(_ path: String) -> Set<Digest> {
        var found: Set<Digest> = []
        func add(_ folder: CachedFolder) {
            found.insert(folder.digest)
            for entry in folder.entries {
                found.insert(entry.entry.digest)
                if let child = entry.child { add(child) }
            }
        }
        if let folder = read(path, root: nil) { add(folder) }
        return found
    }

    /// Writes the cache; a failure is no fault, the next snapshot is only slower.
    static func write(_ folder: CachedFolder, to path: String, root: FileStatus) {
        var writer = Writer()
        writer.word(magic)
        writer.word(root.device)
        writer.word(root.inode)
        writer.folder(folder)
        writer.word(writer.bytes.withUnsafeBytes(checksum))
        let temporary = "\(path).\(getpid())"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { return }
        let file = OpenFile(descriptor: descriptor, label: temporary)
        do { try file.write(writer.bytes) } catch {
            unlink(temporary)
            return
        }
        if rename(temporary, path) != 0 { unlink(temporary) }
    }

    /// FNV-1a over words: it finds a torn file, it need not withstand an attacker.
    private static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        var offset = 0
        while offset + 8 <= bytes.count {
            hash = (hash ^ bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) &* 0x100_0000_01B3
            offset += 8
        }
        while offset < bytes.count {
            hash = (hash ^ UInt64(bytes[offset])) &* 0x100_0000_01B3
            offset += 1
        }
        return hash ^ UInt64(bytes.count)
    }
}

private struct Writer {
    var bytes: [UInt8] = []

    init() { bytes.reserveCapacity(1 << 16) }

    mutating func word(_ value: UInt64) { withUnsafeBytes(of: value) { bytes.append(contentsOf: $0) } }

    private mutating func digest(_ value: Digest) {
        withUnsafeBytes(of: value) { bytes.append(contentsOf: $0) }
    }

    mutating func folder(_ folder: CachedFolder) {
        digest(folder.rules)
        digest(folder.digest)
        word(UInt64(folder.entries.count))
        for entry in folder.entries {
            word(
                UInt64(entry.entry.kind.rawValue) << 32 | UInt64(entry.entry.mode) << 16
                    | UInt64(entry.entry.name.count))
            word(UInt64(bitPattern: entry.entry.size))
            word(UInt64(bitPattern: entry.modified))
            word(UInt64(bitPattern: entry.changed))
            word(entry.inode)
            digest(entry.entry.digest)
            bytes.append(contentsOf: entry.entry.name)
            if let child = entry.child { self.folder(child) }
        }
    }
}

private struct Reader {
    let bytes: UnsafeRawBufferPointer
    private var offset = 0

    init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    mutating func word() -> UInt64? {
        guard offset + 8 <= bytes.count else { return nil }
        defer { offset += 8 }
        return bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
    }

    private mutating func digest() -> Digest? {
        guard offset + 32 <= bytes.count else { return nil }
        defer { offset += 32 }
        return bytes.loadUnaligned(fromByteOffset: offset, as: Digest.self)
    }

    mutating func folder(depth: Int) -> CachedFolder? {
        guard depth < 1000, let rules = digest(), let own = digest(), let count = word(), count < 1 << 24
        else { return nil }
        var entries: [CachedFolder.Entry] = []
        entries.reserveCapacity(Int(min(count, 4096)))
        for _ in 0..<count {
            guard let head = word(),
                let kind = TreeEntry.Kind(rawValue: UInt8(truncatingIfNeeded: head >> 32)),
                let size = word(), let modified = word(), let changed = word(), let inode = word(),
                let content = digest()
            else { return nil }
            let length = Int(head & 0xFFFF)
            guard offset + length <= bytes.count else { return nil }
            let name = Array(bytes[offset..<(offset + length)])
            offset += length
            var child: CachedFolder?
            if kind == .folder {
                child = folder(depth: depth + 1)
                if child == nil { return nil }
            }
            let entry = TreeEntry(
                name: name, kind: kind, mode: UInt16(truncatingIfNeeded: head >> 16),
                size: Int64(bitPattern: size),
                digest: content)
            entries.append(
                .init(
                    entry: entry, modified: Int64(bitPattern: modified), changed: Int64(bitPattern: changed),
                    inode: inode,
                    child: child))
        }
        return CachedFolder(rules: rules, digest: own, entries: entries)
    }
}
