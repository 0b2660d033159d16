import AgentOSCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The text of a file that people write: bounded, UTF-8, without NULs.
struct FileText {
    /// Files above this many bytes are refused.
    static let limit = 1 << 20

    /// The file as the person named it.
    let file: String
    /// The text, without a byte order mark.
    let text: String

    /// Checks bytes; faults name the line.
    init(file: String, bytes: [UInt8]) throws(DocumentFaults) {
        func fault(at offset: Int, _ message: String, _ suggestion: String) -> DocumentFaults {
            let before = bytes[..<min(offset, bytes.count)]
            let line = 1 + before.count(where: { $0 == UInt8(ascii: "\n") })
            let known = String(decoding: before, as: UTF8.self)
            return DocumentFaults([
                DocumentFault(
                    file: file, line: line, key: KeyTrail.path(in: known, line: line), message: message,
                    suggestion: suggestion)
            ])
        }
        if bytes.count > Self.limit {
            throw fault(at: Self.limit, "the file is larger than 1 MiB", "split it")
        }
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            throw fault(at: 0, "the file is UTF-16", "save it as UTF-8")
        }
        if let nul = bytes.firstIndex(of: 0) {
            throw fault(at: nul, "a NUL byte", "remove it")
        }
        let body = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes[3...] : bytes[...]
        guard let text = String(validating: body, as: UTF8.self) else {
            throw fault(at: Self.firstInvalid(body), "bytes that are not UTF-8", "save the file as UTF-8")
        }
        self.file = file
        self.text = text
    }

    /// Reads a file, a pipe or a device, no further than the limit.
    static func read(path: String, as file: String) throws(DocumentFaults) -> FileText {
        func failed(_ message: String, _ suggestion: String?) -> DocumentFaults {
            DocumentFaults([DocumentFault(file: file, line: nil, message: message, suggestion: suggestion)])
        }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            let reason = String(cString: strerror(errno))
            throw failed("cannot read it: \(reason)", errno == ENOENT ? "check the path" : nil)
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while bytes.count <= limit {
            let count = chunk.withUnsafeMutableBytes { Self.fill($0, from: descriptor) }
            if count < 0 {
                let folder = errno == EISDIR
                throw failed(
                    folder ? "it is a folder" : "cannot read it: \(String(cString: strerror(errno)))",
                    folder ? "name the file in it" : nil)
            }
            if count == 0 { break }
            bytes += chunk[..<count]
        }
        return try FileText(file: file, bytes: bytes)
    }

    private static func fill(_ buffer: UnsafeMutableRawBufferPointer, from descriptor: Int32) -> Int {
        while true {
            #if canImport(Glibc)
                let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            #else
                let count = Musl.read(descriptor, buffer.baseAddress, buffer.count)
            #endif
            if count >= 0 || errno != EINTR { return count }
        }
    }

    /// The offset of the first byte that is not part of a scalar.
    private static func firstInvalid(_ bytes: ArraySlice<UInt8>) -> Int {
        var rest = bytes.makeIterator()
        var decoder = UTF8()
        var offset = bytes.startIndex
        while case .scalarValue(let scalar) = decoder.decode(&rest) { offset += UTF8.width(scalar) }
        return offset
    }
}
