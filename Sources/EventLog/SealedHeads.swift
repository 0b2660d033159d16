import AgentOSCore
import Crypto
import FoundationEssentials
import Glibc
import Synchronization

/// The ends of the tenants' chains, authenticated with a key of the home and kept beside the log.
///
/// A chain shows what was changed inside it but not that its tail was cut; these lines do. Each is
/// `KIND TENANT SEQ HASH MAC`, padded to 256 bytes, so that a head is overwritten in place after each commit,
/// without a flush of its own: after a power cut it may be behind the log, never ahead of it.
final class SealedHeads: Sendable {
    /// What a line says.
    enum Kind: String {
        /// The log held this event at least.
        case head
        /// The log was opened without this event, though a head had named it or a later one.
        case lost
        /// The log was opened with another event in the place that a head had named.
        case changed
        /// The log was sealed from this event on, without a head that vouched for what stood before.
        case resealed
    }

    /// A line.
    struct Line: Hashable {
        var kind: Kind
        var tenant: TenantID
        var seq: Int64
        var hash: Digest32
    }

    private struct State {
        var descriptor: Int32
        var lines: Int
        var places: [TenantID: Int]
    }

    private static let width = 256
    private static let purpose = "agentos.head.v1 "

    /// Has taken the key and the purpose, so that a line costs only its own bytes.
    private let keyed: HMAC<SHA256>
    private let path: String
    private let state: Mutex<State>
    private let found: [Line]

    private init(path: String, keyed: HMAC<SHA256>, descriptor: Int32, found: [Line]) {
        self.path = path
        self.keyed = keyed
        self.found = found
        var places: [TenantID: Int] = [:]
        for (place, line) in found.enumerated() where line.kind == .head { places[line.tenant] = place }
        state = Mutex(State(descriptor: descriptor, lines: found.count, places: places))
    }

    deinit { close() }

    /// Opens `PATH-heads` and `PATH-key`, making both where there are none.
    static func open(beside path: String) throws -> SealedHeads {
        let (key, isNewKey) = try SealKey.open("\(path)-key")
        let file = "\(path)-heads"
        let descriptor = Glibc.open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw StorageFault.system(errno, path: file) }
        // Lines of a key that is gone say nothing: what they vouched for is sealed anew, and told.
        if isNewKey { ftruncate(descriptor, 0) }
        let keyed = keyed(key)
        let found =
            isNewKey ? [] : lines(in: (try? Data(contentsOf: URL(filePath: file))) ?? Data(), keyed)
        let heads = SealedHeads(path: file, keyed: keyed, descriptor: descriptor, found: found)
        if fsync(descriptor) != 0 { throw StorageFault.system(errno, path: file) }
        try syncFolder(of: file)
        return heads
    }

    /// Compares the heads with the log as it was opened, notes what is lost, and goes on from the log's own ends.
    func check(_ ends: [TenantID: TenantHead], hash: (TenantID, Int64) throws -> Digest32?) throws {
        for line in found where line.kind == .head && line.seq > 0 {
            guard try hash(line.tenant, line.seq) != line.hash else { continue }
            let end = ends[line.tenant]?.seq ?? 0
            let isCut = end < line.seq
            try add(
                Line(
                    kind: isCut ? .lost : .changed, tenant: line.tenant, seq: isCut ? end + 1 : line.seq,
                    hash: line.hash))
        }
        for (tenant, end) in ends where state.withLock({ $0.places[tenant] }) == nil {
            try add(Line(kind: .resealed, tenant: tenant, seq: end.seq, hash: end.hash))
        }
        try prepare(ends)
        seal(ends)
    }

    /// Notes that a tenant's log was put back to this end.
    func noteReseal(_ tenant: TenantID, _ end: TenantHead) throws {
        try add(Line(kind: .resealed, tenant: tenant, seq: end.seq, hash: end.hash))
        try prepare([tenant: end])
        seal([tenant: end])
    }

    /// Makes the lines of tenants that have none, durably, before their first event is.
    func prepare(_ tenants: [TenantID: TenantHead]) throws {
        for tenant in tenants.keys where state.withLock({ $0.places[tenant] }) == nil {
            try add(Line(kind: .head, tenant: tenant, seq: 0, hash: Chain.origin))
        }
    }

    /// Writes the heads of a commit.
    ///
    /// A failure leaves the old ones, which the log still fulfils.
    func seal(_ tenants: [TenantID: TenantHead]) {
        state.withLock { state in
            for (tenant, head) in tenants {
                guard let place = state.places[tenant] else { continue }
                let bytes = Self.bytes(
                    Line(kind: .head, tenant: tenant, seq: head.seq, hash: head.hash), keyed)
                _ = pwrite(state.descriptor, bytes, bytes.count, off_t(place * Self.width))
            }
        }
    }

    /// Flushes and closes the file.
    func close() {
        state.withLock { state in
            guard state.descriptor >= 0 else { return }
            fdatasync(state.descriptor)
            Glibc.close(state.descriptor)
            state.descriptor = -1
        }
    }

    /// The lines beside a log; nil where there is no key or no file.
    static func read(beside path: String) -> [Line]? {
        guard let key = SealKey.read("\(path)-key"),
            let bytes = try? Data(contentsOf: URL(filePath: "\(path)-heads"))
        else { return nil }
        return lines(in: bytes, keyed(key))
    }

    private func add(_ line: Line) throws {
        try state.withLock { state in
            let bytes = Self.bytes(line, keyed)
            guard
                pwrite(state.descriptor, bytes, bytes.count, off_t(state.lines * Self.width)) == bytes.count,
                fdatasync(state.descriptor) == 0
            else { throw StorageFault.system(errno, path: path) }
            if line.kind == .head { state.places[line.tenant] = state.lines }
            state.lines += 1
        }
    }

    private static func keyed(_ key: SymmetricKey) -> HMAC<SHA256> {
        var mac = HMAC<SHA256>(key: key)
        mac.update(data: Data(purpose.utf8))
        return mac
    }

    private static func bytes(_ line: Line, _ keyed: HMAC<SHA256>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(width)
        for field in [line.kind.rawValue, line.tenant.rawValue, String(line.seq), Chain.hex(line.hash)] {
            if !bytes.isEmpty { bytes.append(UInt8(ascii: " ")) }
            bytes.append(contentsOf: field.utf8)
        }
        var mac = keyed
        mac.update(data: bytes)
        bytes.append(UInt8(ascii: " "))
        bytes.append(contentsOf: Chain.hex(Digest32(mac.finalize())).utf8)
        while bytes.count < width - 1 { bytes.append(UInt8(ascii: " ")) }
        bytes.append(UInt8(ascii: "\n"))
        return bytes
    }

    /// A line that was altered counts as a lost head at the place where it stands.
    private static func lines(in file: Data, _ keyed: HMAC<SHA256>) -> [Line] {
        stride(from: 0, to: file.count, by: width).map { start in
            let bytes = [UInt8](file[start..<min(start + width, file.count)])
            let fields = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace)
            let tenant = TenantID(fields.count > 1 ? String(fields[1]) : "")
            let seq = fields.count > 2 ? Int64(fields[2]) ?? 0 : 0
            guard fields.count == 5, let kind = Kind(rawValue: String(fields[0])),
                let hash = Chain.bytes(hex: String(fields[3])),
                Self.bytes(Line(kind: kind, tenant: tenant, seq: seq, hash: hash), keyed) == bytes
            else { return Line(kind: .lost, tenant: tenant, seq: seq, hash: []) }
            return Line(kind: kind, tenant: tenant, seq: seq, hash: hash)
        }
    }
}

/// The key that seals heads: 32 random bytes in a file that only its owner reads.
enum SealKey {
    /// Reads the key, or makes one where there is none; says whether it was made.
    static func open(_ path: String) throws -> (SymmetricKey, isNew: Bool) {
        if access(path, F_OK) == 0 {
            guard let key = read(path) else {
                throw Fault.failed("\(path) is no key", hint: "restore it, or remove it to seal the log anew")
            }
            return (key, false)
        }
        let key = SymmetricKey(size: .bits256)
        let descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw StorageFault.system(errno, path: path) }
        defer { Glibc.close(descriptor) }
        let written = key.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        guard written == 32, fsync(descriptor) == 0 else { throw StorageFault.system(errno, path: path) }
        return (key, true)
    }

    /// Reads the key, nil where there is none.
    static func read(_ path: String) -> SymmetricKey? {
        guard let bytes = try? Data(contentsOf: URL(filePath: path)), bytes.count == 32 else { return nil }
        return SymmetricKey(data: bytes)
    }
}

/// Makes the names in a file's folder durable.
func syncFolder(of path: String) throws {
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    let descriptor = Glibc.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw StorageFault.system(errno, path: folder) }
    defer { Glibc.close(descriptor) }
    guard fsync(descriptor) == 0 else { throw StorageFault.system(errno, path: folder) }
}
