import AgentOSCore
import Glibc
import ObjectStore

extension Delivery {
    /// Writes a whole result to a folder that is not there or is empty, or to a new file that ends in `.tar`.
    ///
    /// Returns the paths of files over the size cap, whose bytes were not kept. A fault leaves nothing behind, and
    /// what stands at the path is whole or, after a kill, an empty folder at most.
    @discardableResult
    public func export(_ tree: TreeID, to path: String) throws -> [TreePath] {
        let inner = base.spec.internalPaths
        if path.hasSuffix(".tar") { return try exportArchive(tree, to: path, leavingOut: inner) }
        if rmdir(path) != 0, errno != ENOENT {
            guard [ENOTEMPTY, EEXIST].contains(errno) || access(path, F_OK) == 0 else {
                throw systemFault("make the folder", path)
            }
            throw Fault.refused("\(path) is there and not an empty folder", hint: "name a new folder")
        }
        guard mkdir(path, 0o700) == 0 else { throw systemFault("make the folder", path) }
        let partial = Self.partial(of: path)
        do {
            try removeFolder(partial)
            let missing = try materialize(tree, of: store, at: partial, leavingOut: inner)
            guard rename(partial, path) == 0 else { throw systemFault("put in place", path) }
            return missing
        } catch {
            try? removeFolder(partial)
            rmdir(path)
            throw error
        }
    }

    /// Where an export is written until it is whole: hidden beside its place, and replaced by the next export to there.
    private static func partial(of path: String) -> String {
        let parts = path.split(separator: "/")
        let folder = (path.hasPrefix("/") ? "/" : "") + parts.dropLast().map { $0 + "/" }.joined()
        return "\(folder).\((parts.last ?? "").prefix(60)).agentos-part"
    }

    private func exportArchive(_ tree: TreeID, to path: String, leavingOut inner: [TreePath]) throws
        -> [TreePath]
    {
        let temporary = Self.partial(of: path)
        guard access(path, F_OK) != 0 else {
            throw Fault.refused("\(path) exists already", hint: "name a new file")
        }
        unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw systemFault("write", path) }
        let file = OpenFile(descriptor: descriptor, label: path)
        var missing: [TreePath] = []
        do {
            for (name, entry) in try store.entries(of: tree)
            where !inner.contains(where: { name.isWithin($0) }) {
                guard let bytes = entry.kind == .folder ? [] : try content(entry, store) else {
                    missing.append(name)
                    continue
                }
                try file.write(TarRecord.bytes(name, entry, bytes))
            }
            try file.write([UInt8](repeating: 0, count: 1024))
            guard fsync(descriptor) == 0, rename(temporary, path) == 0 else {
                throw systemFault("write", path)
            }
        } catch {
            unlink(temporary)
            throw error
        }
        return missing
    }
}

/// One entry of a POSIX tar archive (ustar; a pax record before it where the name or the link is too long).
enum TarRecord {
    static func bytes(_ path: TreePath, _ entry: TreeEntry, _ content: [UInt8]) -> [UInt8] {
        let name = path.bytes + (entry.kind == .folder ? [0x2F] : [])
        let link = entry.kind == .symlink ? content : []
        var out: [UInt8] = []
        var extra: [UInt8] = []
        if name.count > 100 { extra += pax("path", name) }
        if link.count > 100 { extra += pax("linkpath", link) }
        if !extra.isEmpty {
            out +=
                header(Array("pax".utf8), type: 0x78, mode: 0o644, size: extra.count, link: [])
                + padded(extra)
        }
        let type: UInt8 = entry.kind == .folder ? 0x35 : entry.kind == .symlink ? 0x32 : 0x30
        let size = type == 0x30 ? content.count : 0
        let mode = entry.kind == .symlink ? 0o777 : Int(entry.mode)
        out += header(
            Array(name.prefix(100)), type: type, mode: mode, size: size, link: Array(link.prefix(100)))
        return type == 0x30 ? out + padded(content) : out
    }

    /// `LENGTH KEY=VALUE\n`, the length counting itself.
    private static func pax(_ key: String, _ value: [UInt8]) -> [UInt8] {
        let rest = Array(" \(key)=".utf8) + value + [0x0A]
        var length = rest.count + 1
        while String(length).utf8.count + rest.count != length {
            length = String(length).utf8.count + rest.count
        }
        return Array(String(length).utf8) + rest
    }

    private static func padded(_ bytes: [UInt8]) -> [UInt8] {
        bytes + [UInt8](repeating: 0, count: (512 - bytes.count % 512) % 512)
    }

    private static func header(_ name: [UInt8], type: UInt8, mode: Int, size: Int, link: [UInt8]) -> [UInt8] {
        var out = [UInt8](repeating: 0, count: 512)
        func put(_ bytes: [UInt8], at offset: Int) {
            out.replaceSubrange(offset..<(offset + bytes.count), with: bytes)
        }
        func octal(_ value: Int, _ width: Int) -> [UInt8] {
            let digits = String(value, radix: 8)
            return Array((String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits).utf8)
        }
        put(name, at: 0)
        put(octal(mode, 7), at: 100)
        put(octal(0, 7), at: 108)
        put(octal(0, 7), at: 116)
        put(octal(size, 11), at: 124)
        put(octal(0, 11), at: 136)
        put(Array("        ".utf8), at: 148)
        out[156] = type
        put(link, at: 157)
        put(Array("ustar\u{0}00".utf8), at: 257)
        put(octal(out.reduce(0) { $0 + Int($1) }, 6) + [0, 0x20], at: 148)
        return out
    }
}
