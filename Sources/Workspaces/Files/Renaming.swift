import AgentOSCore
import Glibc
import ObjectStore

/// What becomes of that which stands at the new name of a rename.
enum Renaming: UInt32 {
    /// Nothing may stand there.
    case keeping = 1
    /// It takes the old name.
    case exchanging = 2
}

extension FolderHandle {
    /// Renames at once and without losing anything.
    ///
    /// False, and nothing done: something stands at the new name (`keeping`), or one of the two is not there.
    @discardableResult
    func rename(_ old: [UInt8], to new: [UInt8], in folder: FolderHandle, _ renaming: Renaming) throws -> Bool
    {
        let done = withCString(old) { from in
            withCString(new) { to in
                RenameCall.renameat2?(descriptor, from, folder.descriptor, to, renaming.rawValue) ?? -1
            }
        }
        if done == 0 { return true }
        if RenameCall.renameat2 == nil || [EINVAL, ENOSYS, ENOTSUP].contains(errno) {
            return try renameInSteps(old, to: new, in: folder, renaming)
        }
        guard [EEXIST, ENOENT, ENOTEMPTY].contains(errno) else {
            throw systemFault("put in place", "\(folder.label)/\(TreePath(bytes: new))")
        }
        return false
    }

    /// The same on a file system that cannot do it at once (NFS, some of FUSE).
    ///
    /// There is never a moment without a file, but a save in the few microseconds between two of these steps is lost.
    func renameInSteps(_ old: [UInt8], to new: [UInt8], in folder: FolderHandle, _ renaming: Renaming) throws
        -> Bool
    {
        let isThere = try folder.status(new) != nil
        guard try status(old) != nil, isThere == (renaming == .exchanging) else { return false }
        guard renaming == .exchanging else {
            try rename(old, to: new, in: folder)
            return true
        }
        let spare = Self.temporaryName()
        let linked = withCString(new) { from in
            withCString(spare) { linkat(folder.descriptor, from, folder.descriptor, $0, 0) }
        }
        if linked != 0 { try folder.rename(new, to: spare) }
        do {
            try rename(old, to: new, in: folder)
        } catch {
            if linked == 0 { try folder.remove(spare) } else { try folder.rename(spare, to: new) }
            throw error
        }
        try folder.rename(spare, to: old, in: self)
        return true
    }

    /// What a name holds, without keeping its bytes; nil for nothing.
    ///
    /// What cannot be read, what is neither file nor link, and a file that somebody has open for writing is like
    /// nothing else but itself.
    func look(_ name: [UInt8]) -> TreeEntry? {
        guard let status = try? status(name) else { return nil }
        let itself = TreeEntry(
            name: name, kind: .folder, mode: status.mode, size: 0,
            digest: Digest(hashing: Array("\(status.inode)".utf8)))
        switch status.kind {
        case .folder, .other: return itself
        case .symlink:
            guard let target = try? readLink(name) else { return itself }
            return TreeEntry(
                name: name, kind: .symlink, mode: 0, size: Int64(target.count),
                digest: Digest(hashing: target))
        case .file:
            guard let file = try? openFile(name), !file.isOpenForWriting, let found = try? file.digest()
            else {
                return itself
            }
            return TreeEntry(
                name: name, kind: .file, mode: status.mode, size: found.size, digest: found.digest)
        }
    }
}

extension OpenFile {
    /// Whether somebody has it open for writing, as far as the kernel tells: it then refuses a read lease.
    ///
    /// A process that was just forked holds every descriptor until it begins its program, so a refusal counts only
    /// when it lasts for a fifth of a second.
    /// Were the lease broken while we hold it, we would hear by a signal that is ignored, not by one that kills.
    var isOpenForWriting: Bool {
        let setSignal: Int32 = 10
        let setLease: Int32 = 1024
        guard fcntl(descriptor, setSignal, SIGURG) == 0 else { return false }
        for _ in 0..<40 {
            if fcntl(descriptor, setLease, Int32(F_RDLCK)) == 0 {
                _ = fcntl(descriptor, setLease, Int32(F_UNLCK))
                return false
            }
            guard errno == EAGAIN else { return false }
            usleep(5000)
        }
        return true
    }
}

/// A call of Linux that the C library's Swift module does not show.
private enum RenameCall {
    typealias Call =
        @convention(c) (Int32, UnsafePointer<CChar>, Int32, UnsafePointer<CChar>, UInt32) -> Int32

    /// `renameat2(2)`; nil where the C library has none.
    static let renameat2: Call? = dlsym(nil, "renameat2").map { unsafeBitCast($0, to: Call.self) }
}
