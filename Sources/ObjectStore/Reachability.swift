import AgentOSCore
import FoundationEssentials
import Glibc
import Synchronization

/// What keeps a writer that finds its object in the store and a collector that removes it from missing one another.
final class TakingLock: Sendable {
    private let mutex = Mutex<Void>(())

    func hold<Value>(_ body: () -> Value) -> Value { mutex.withLock { _ in body() } }
}

/// An object as it lies in the store.
public struct StoredObject: Sendable, Hashable {
    /// Its address.
    public let digest: Digest
    /// Its size.
    public let bytes: Int64
    /// When it was last written or taken as stored.
    public let touched: Timestamp
}

extension ObjectStore {
    /// How long an object that nothing names yet is left alone: whoever stored it may not have written its name down.
    public static let grace: Int64 = 2 * 3_600_000

    /// Every object in the store.
    public func inventory() throws -> [StoredObject] {
        var found: [StoredObject] = []
        for folder in try Self.names(in: self.folder) where folder.utf8.count == 2 {
            for name in try Self.names(in: self.folder + "/" + folder) {
                guard let digest = Digest(hex: Array((folder + name).utf8)[...]) else { continue }
                var status = stat()
                guard lstat(path(of: digest), &status) == 0 else { continue }
                found.append(
                    StoredObject(digest: digest, bytes: Int64(status.st_size), touched: status.modified))
            }
        }
        return found
    }

    /// All objects that these name, themselves included, as far as they are in the store.
    ///
    /// An object that reads as a tree counts as one. A tree that is damaged is a fault: what it named is not known.
    /// `seen` grows, so that what several roots share is read once.
    /// Returns those that were not seen before.
    @discardableResult
    public func reach(_ roots: some Sequence<Digest>, into seen: inout Set<Digest>) throws -> [Digest] {
        var found = roots.filter { seen.insert($0).inserted && contains($0) }
        var waiting = found
        while let next = waiting.popLast() {
            guard let tree = Tree(encoded: try get(next)) else { continue }
            for entry in tree.entries where seen.insert(entry.digest).inserted {
                found.append(entry.digest)
                switch entry.kind {
                case .folder: if contains(entry.digest) { waiting.append(entry.digest) }
                case .file, .symlink, .oversize: break
                }
            }
        }
        return found
    }

    /// Removes objects that have not been touched since a moment; returns how many, and their bytes.
    public func remove(_ objects: [StoredObject], untouchedSince limit: Timestamp) throws -> (Int, Int64) {
        var (count, bytes) = (0, Int64(0))
        for object in objects {
            let path = path(of: object.digest)
            let isGone = taking.hold {
                var status = stat()
                guard lstat(path, &status) == 0, status.modified < limit else { return false }
                return unlink(path) == 0
            }
            if isGone { (count, bytes) = (count + 1, bytes + object.bytes) }
        }
        for name in try Self.names(in: folder + "/tmp") {
            var status = stat()
            let path = folder + "/tmp/" + name
            if lstat(path, &status) == 0, status.modified < limit { unlink(path) }
        }
        return (count, bytes)
    }

    /// Whether the object at a path is there in this size; it is marked as in use, so that it is not removed meanwhile.
    func takes(_ path: String, size: Int) -> Bool {
        taking.hold {
            var status = stat()
            guard stat(path, &status) == 0, status.st_size == size else { return false }
            // To write down that it is in use costs more than to look; a quarter of the grace is soon enough.
            guard status.modified.milliseconds + Self.grace / 4 < Self.now else { return true }
            return utimensat(AT_FDCWD, path, nil, 0) == 0
        }
    }

    private static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }

    private static func names(in folder: String) throws -> [String] {
        do { return try FileManager.default.contentsOfDirectory(atPath: folder) } catch {
            throw Fault.failed("the folder \(folder) cannot be read", hint: "check who owns it")
        }
    }
}

extension stat {
    /// When the content was last changed.
    var modified: Timestamp {
        Timestamp(milliseconds: Int64(st_mtim.tv_sec) * 1000 + Int64(st_mtim.tv_nsec) / 1_000_000)
    }
}
