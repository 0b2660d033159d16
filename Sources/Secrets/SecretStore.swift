import AgentOSCore
import Crypto
import FoundationEssentials
import Glibc

/// What is known of a secret without opening it.
public struct SecretEntry: Hashable, Sendable, Codable {
    /// Its name.
    public var name: String
    /// From 1, one more each time that it is set.
    public var version: Int
    /// When it was set.
    public var setAt: Timestamp
}

/// The secrets of a tenant in a home: `secrets.json`, each value sealed with AES-256-GCM under the home's master key.
///
/// What a value belongs to (the tenant, its name, its version, the key) is bound into its seal, so that none can be put
/// in the place of another. Values leave it only through `value(of:)`; no file, argument or event holds one in the clear.
public struct SecretStore: Sendable {
    /// The longest value, in bytes.
    public static let longest = 64 << 10

    private let home: String
    private let tenant: TenantID
    private let credentials: String?

    /// The store of a home, an absolute folder; `credentials` is systemd's `$CREDENTIALS_DIRECTORY`.
    public init(home: String, tenant: TenantID, credentials: String?) {
        self.home = home
        self.tenant = tenant
        self.credentials = credentials
    }

    private var file: String { home + "/secrets.json" }
    private var keyFile: String { home + "/secrets.key" }

    /// A secret: the systemd credential of that name, else the one that was set.
    ///
    /// Throws not found where there is neither, and a failure where the seal does not open.
    public func value(of name: String) throws(Fault) -> String {
        let name = try SecretName.check(name)
        if name != "agentos-key", let credentials, let bytes = MasterKey.contents("\(credentials)/\(name)") {
            return try Self.text(bytes, name)
        }
        guard let sealed = try read().secrets.first(where: { $0.tenant == tenant && $0.name == name }) else {
            throw .notFound("there is no secret \(name)", hint: "set it: agentos secret set \(name)")
        }
        guard let key = try MasterKey.find(file: keyFile, credentials: credentials) else {
            throw .failed(
                "the key of the secrets is gone", hint: "put \(keyFile) back, or set the secret again")
        }
        guard sealed.key == key.id else {
            throw .failed(
                "the secret \(name) was sealed with another key",
                hint: "put that key back, or set the secret again")
        }
        do {
            let box = try AES.GCM.SealedBox(combined: sealed.box)
            return try Self.text(
                Array(AES.GCM.open(box, using: key.key, authenticating: sealed.bound)), name)
        } catch let fault as Fault {
            throw fault
        } catch {
            throw .failed(
                "the secret \(name) was changed on disk", hint: "set it again: agentos secret set \(name)")
        }
    }

    /// Sets a secret; one that is there is replaced.
    public func set(_ name: String, to value: String, at: Timestamp) throws(Fault) -> SecretEntry {
        let name = try SecretName.check(name)
        let bytes = Array(value.utf8)
        _ = try Self.text(bytes, name)
        return try locked { () throws(Fault) in
            var list = try read()
            let key =
                if let found = try MasterKey.find(file: keyFile, credentials: credentials) { found } else {
                    try MasterKey.make(file: keyFile)
                }
            let old = list.secrets.firstIndex { $0.tenant == tenant && $0.name == name }
            var sealed = Sealed(
                tenant: tenant, name: name, version: (old.map { list.secrets[$0].version } ?? 0) + 1,
                setAt: at,
                key: key.id, box: Data())
            do {
                guard
                    let box = try AES.GCM.seal(bytes, using: key.key, authenticating: sealed.bound).combined
                else { throw Fault.failed("the secret cannot be sealed") }
                sealed.box = box
            } catch { throw .failed("the secret cannot be sealed: \(error)") }
            if let old { list.secrets[old] = sealed } else { list.secrets.append(sealed) }
            try write(list)
            return sealed.entry
        }
    }

    /// The secrets that are set, by name.
    public func list() throws(Fault) -> [SecretEntry] {
        try read().secrets.filter { $0.tenant == tenant }.map(\.entry).sorted { $0.name < $1.name }
    }

    /// Removes a secret; throws not found where there is none.
    public func remove(_ name: String) throws(Fault) {
        let name = try SecretName.check(name)
        try locked { () throws(Fault) in
            var list = try read()
            let count = list.secrets.count
            list.secrets.removeAll { $0.tenant == tenant && $0.name == name }
            guard list.secrets.count < count else {
                throw .notFound("there is no secret \(name)", hint: "see: agentos secret list")
            }
            try write(list)
        }
    }

    // MARK: The file

    private struct Sealed: Codable {
        var tenant: TenantID
        var name: String
        var version: Int
        var setAt: Timestamp
        /// Which key it was sealed with.
        var key: String
        /// Nonce, text and tag.
        var box: Data

        var entry: SecretEntry { SecretEntry(name: name, version: version, setAt: setAt) }

        /// What the seal is bound to, each part with its length before it.
        var bound: [UInt8] {
            ["agentos secret", "1", tenant.rawValue, name, String(version), key].flatMap { part in
                let bytes = Array(part.utf8)
                return withUnsafeBytes(of: UInt32(bytes.count).bigEndian) { Array($0) } + bytes
            }
        }
    }

    private struct List: Codable {
        var format = 1
        var secrets: [Sealed] = []
    }

    private func read() throws(Fault) -> List {
        guard let bytes = MasterKey.contents(file) else {
            guard access(file, F_OK) == 0 else { return List() }
            throw .failed("cannot read \(file)", hint: "see: ls -l \(file)")
        }
        let list: List
        do { list = try JSONText.decode(List.self, from: bytes) } catch {
            throw .failed(
                "\(file) is damaged", hint: "put a copy back, or remove it and set the secrets again")
        }
        guard list.format == 1 else {
            throw .failed("\(file) is of a newer version", hint: "use the program that wrote it")
        }
        return list
    }

    private func write(_ list: List) throws(Fault) {
        let bytes: [UInt8]
        do { bytes = try JSONText.encode(list) } catch {
            throw .failed("the secrets cannot be written: \(error)")
        }
        try SecretFile.write(bytes, to: file)
    }

    /// One writer at a time: two that set at once lose nothing.
    private func locked<Value>(_ body: () throws(Fault) -> Value) throws(Fault) -> Value {
        let lock = open(home + "/secrets.lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard lock >= 0 else {
            throw .failed(
                "cannot write \(home): \(String(cString: strerror(errno)))", hint: "see: ls -ld \(home)")
        }
        defer { close(lock) }
        while flock(lock, LOCK_EX) != 0 {
            guard errno == EINTR else {
                throw .failed("cannot lock the secrets: \(String(cString: strerror(errno)))")
            }
        }
        return try body()
    }

    /// A value as text: one line, neither empty nor too long.
    private static func text(_ bytes: [UInt8], _ name: String) throws(Fault) -> String {
        guard bytes.count <= longest else {
            throw .usage(
                "the secret \(name) is longer than \(longest >> 10) KiB", hint: "give a key, not a file")
        }
        var text = String(decoding: bytes, as: UTF8.self)
        while text.hasSuffix("\n") || text.hasSuffix("\r\n") { text.removeLast() }
        guard !text.isEmpty else {
            throw .usage("the secret \(name) is empty", hint: "give its value on stdin")
        }
        guard text.utf8.allSatisfy({ $0 >= 32 && $0 != 127 }) else {
            throw .usage(
                "the secret \(name) holds a control character or a second line", hint: "give one line")
        }
        return text
    }
}
