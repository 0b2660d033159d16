import AgentOSCore
import FoundationEssentials
import Glibc
import ObjectStore

/// What setups of a tenant have kept, in the home: a small file for each key, the files themselves in the object store.
///
/// All of it may be lost at any time: a setup is then only slower.
struct SetupRecords: Sendable {
    /// One key's files.
    struct Record: Codable, Hashable, Sendable {
        /// Their tree.
        var tree: TreeID
        /// When they were stored.
        var at: Timestamp
    }

    /// `HOME/caches/TENANT`.
    let folder: String

    /// How many keys are kept: those that were used last.
    static let most = 20

    /// The record of a key; nil without one, a fault where it cannot be read.
    func record(of key: Digest) throws -> Record? {
        guard let data = FileManager.default.contents(atPath: path(of: key)) else { return nil }
        return try JSONText.decode(Record.self, from: data)
    }

    /// Writes a key's record and forgets the keys that were used longest ago.
    func write(_ record: Record, of key: Digest) throws {
        try makeFolder(folder)
        let temporary = "\(folder)/.\(getpid())-\(UInt64.random(in: 0 ... .max))"
        let bytes = try JSONText.encode(record)
        guard FileManager.default.createFile(atPath: temporary, contents: Data(bytes)),
            rename(temporary, path(of: key)) == 0
        else {
            unlink(temporary)
            throw Fault.failed("\(path(of: key)) cannot be written", hint: "look at the disk")
        }
        let all = files().sorted { $1.used < $0.used }
        for old in all.dropFirst(Self.most) { unlink(folder + "/" + old.name) }
    }

    /// Notes that a key was used.
    func use(_ key: Digest) { utimensat(AT_FDCWD, path(of: key), nil, 0) }

    /// The trees of all keys that can be read.
    var trees: [TreeID] {
        files().compactMap { file in
            Digest(hex: Array(file.name.utf8)[...]).flatMap { try? record(of: $0) }?.tree
        }
    }

    private func path(of key: Digest) -> String { "\(folder)/\(key.hex)" }

    private func files() -> [(name: String, used: Int64)] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.compactMap { name in
            var status = stat()
            guard lstat(folder + "/" + name, &status) == 0 else { return nil }
            return (name, Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec))
        }
    }
}
