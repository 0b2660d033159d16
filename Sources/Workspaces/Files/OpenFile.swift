import AgentOSCore
import Glibc
import ObjectStore

/// An open file, closed when the value goes away.
final class OpenFile {
    let descriptor: Int32
    private let label: String

    init(descriptor: Int32, label: String) {
        self.descriptor = descriptor
        self.label = label
    }

    deinit { close(descriptor) }

    func status() throws -> FileStatus {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw systemFault("read", label) }
        return FileStatus(status)
    }

    /// All bytes; `expected` is a good guess at how many.
    func readAll(expected: Int64) throws -> [UInt8] {
        var bytes = [UInt8](unsafeUninitializedCapacity: max(Int(expected), 0) + 1) { buffer, count in
            while count < buffer.count {
                let got = read(descriptor, buffer.baseAddress.map { $0 + count }, buffer.count - count)
                if got < 0, errno == EINTR { continue }
                if got <= 0 { break }
                count += got
            }
        }
        try forEachChunk { bytes.append(contentsOf: $0) }
        return bytes
    }

    /// The digest and number of the bytes from here on, without keeping them.
    func digest() throws -> (digest: Digest, size: Int64) {
        var hasher = Hasher256()
        var size: Int64 = 0
        try forEachChunk { chunk in
            hasher.update(chunk)
            size += Int64(chunk.count)
        }
        return (hasher.finish(), size)
    }

    /// Hands on the bytes from here on, a part at a time.
    func forEachChunk(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        try withUnsafeTemporaryAllocation(byteCount: 1 << 18, alignment: 16) { buffer in
            while true {
                let got = read(descriptor, buffer.baseAddress, buffer.count)
                if got < 0, errno == EINTR { continue }
                guard got >= 0 else { throw systemFault("read", label) }
                if got == 0 { return }
                try body(UnsafeRawBufferPointer(rebasing: buffer[..<got]))
            }
        }
    }

    func write(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes(write) }

    func write(_ bytes: UnsafeRawBufferPointer) throws {
        var done = 0
        while done < bytes.count {
            let wrote = Glibc.write(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done)
            if wrote < 0, errno == EINTR { continue }
            guard wrote > 0 else { throw systemFault("write", label) }
            done += wrote
        }
    }
}
