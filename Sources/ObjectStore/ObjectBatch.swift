import AgentOSCore
import Glibc

/// Many objects written together and flushed once.
///
/// Nothing that was added may be referred to before `commit` has returned: until then the objects lie in temporary
/// files. A batch that is dropped leaves nothing behind.
public final class ObjectBatch {
    private let store: ObjectStore
    private var pending: [(digest: Digest, temporary: String)] = []
    private var known: Set<Digest> = []
    private var folders: Set<String> = []

    /// Up to this many objects are flushed one by one; more with one flush of the file system.
    private static let fewObjects = 16

    /// A batch for a store.
    public init(store: ObjectStore) { self.store = store }

    deinit { for object in pending { unlink(object.temporary) } }

    /// Adds a blob and returns its address.
    @discardableResult
    public func add(_ bytes: [UInt8]) throws -> Digest {
        let digest = Digest(hashing: bytes)
        if try isStored(digest, size: bytes.count) { return digest }
        let temporary = "\(store.folder)/tmp/\(getpid())-\(UInt64.random(in: 0 ... .max))"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw ObjectStore.fault("write an object", temporary) }
        pending.append((digest, temporary))
        let written = bytes.withUnsafeBytes { Self.writeAll(descriptor, $0) }
        let fault = written ? nil : ObjectStore.fault("write an object", temporary)
        guard close(descriptor) == 0, fault == nil else {
            throw fault ?? ObjectStore.fault("write an object", temporary)
        }
        return digest
    }

    /// Adds a tree and returns its address.
    @discardableResult
    public func add(_ tree: Tree) throws -> Digest { try add(tree.encoded) }

    /// Flushes all that was added and puts it in place; on return every address is durable.
    public func commit() throws {
        if !pending.isEmpty { try flush(pending.map(\.temporary)) }
        for object in pending {
            let target = store.path(of: object.digest)
            guard rename(object.temporary, target) == 0 else {
                throw ObjectStore.fault("store an object", target)
            }
        }
        pending = []
        if !folders.isEmpty { try flush(folders.sorted()) }
        folders = []
    }

    /// Whether the object is in the store, or was added before.
    ///
    /// The folder of either is flushed at the commit: the
    /// writer of an object that is there may have been killed before it did.
    private func isStored(_ digest: Digest, size: Int) throws -> Bool {
        if !known.insert(digest).inserted { return true }
        let path = store.path(of: digest)
        let folder = String(path.prefix(store.folder.utf8.count + 3))
        let isNew = folders.insert(folder).inserted
        if store.takes(path, size: size) { return true }
        if isNew {
            if mkdir(folder, 0o700) == 0 {
                folders.insert(store.folder)
            } else if errno != EEXIST {
                throw ObjectStore.fault("make a folder for objects", folder)
            }
        }
        return false
    }

    /// Flushes a few files or folders one by one, or the whole file system for many.
    ///
    /// Writing of the few is begun for all of them first, so that they share a commit of the file system's journal.
    private func flush(_ paths: [String]) throws {
        let isFew = paths.count <= Self.fewObjects
        var open: [(path: String, descriptor: Int32)] = []
        defer { for file in open { close(file.descriptor) } }
        for path in isFew ? paths : [store.folder] {
            let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { throw ObjectStore.fault("flush objects", path) }
            open.append((path, descriptor))
            if isFew { _ = LinuxCalls.beginWriting?(descriptor, 0, 0, 2) }
        }
        for file in open {
            guard isFew ? fsync(file.descriptor) == 0 : LinuxCalls.flushFileSystem(of: file.descriptor) else {
                throw ObjectStore.fault("flush objects", file.path)
            }
        }
    }

    private static func writeAll(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Bool {
        var done = 0
        while done < bytes.count {
            let wrote = write(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done)
            if wrote < 0, errno == EINTR { continue }
            if wrote <= 0 { return false }
            done += wrote
        }
        return true
    }
}

/// Calls of Linux that the C library's Swift module does not show.
private enum LinuxCalls {
    /// `sync_file_range(2)`; the last argument 2 begins to write what is dirty and does not wait.
    ///
    /// It promises nothing, so a failure is not looked at.
    static let beginWriting: (@convention(c) (Int32, Int64, Int64, UInt32) -> Int32)? = {
        dlsym(nil, "sync_file_range").map {
            unsafeBitCast($0, to: (@convention(c) (Int32, Int64, Int64, UInt32) -> Int32).self)
        }
    }()

    /// `syncfs(2)`; `sync(2)` where there is none.
    static func flushFileSystem(of descriptor: Int32) -> Bool {
        guard let symbol = dlsym(nil, "syncfs") else {
            sync()
            return true
        }
        return unsafeBitCast(symbol, to: (@convention(c) (Int32) -> Int32).self)(descriptor) == 0
    }
}
