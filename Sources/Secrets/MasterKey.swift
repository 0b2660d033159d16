import AgentOSCore
import Crypto
import FoundationEssentials
import Glibc

/// The key that the secrets of a home are sealed with: 32 bytes.
///
/// A systemd credential `agentos-key` (32 bytes, or 64 hexadecimal digits), else `secrets.key` in the home, which only
/// its owner can read.
public struct MasterKey: Sendable {
    /// The key.
    let key: SymmetricKey
    /// The first 8 bytes of its SHA-256 in hexadecimal: tells keys apart, and nothing of the key.
    let id: String

    init(_ bytes: [UInt8]) {
        key = SymmetricKey(data: bytes)
        id = SHA256.hash(data: bytes).prefix(8).map { byte in
            String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }.joined()
    }

    /// The key of a home; nil where there is none yet.
    static func find(file: String, credentials: String?) throws(Fault) -> MasterKey? {
        if let credentials, let bytes = contents(credentials + "/agentos-key") {
            guard let key = parse(bytes) else {
                throw .usage(
                    "the credential agentos-key is not a key", hint: "32 bytes, or 64 hexadecimal digits")
            }
            return MasterKey(key)
        }
        var status = stat()
        guard lstat(file, &status) == 0 else {
            guard errno == ENOENT else { throw unreadable(file, errno) }
            return nil
        }
        guard status.st_mode & S_IFMT == S_IFREG, status.st_uid == geteuid(), status.st_mode & 0o077 == 0
        else {
            throw .refused("others may read \(file)", hint: "make it yours alone: chmod 600 \(file)")
        }
        guard let bytes = contents(file) else { throw unreadable(file, errno) }
        guard bytes.count == 32 else {
            throw .failed(
                "\(file) is not a key of 32 bytes",
                hint: "put the right one back, or remove both "
                    + "it and secrets.json and set the secrets again")
        }
        return MasterKey(bytes)
    }

    /// Makes a key in a file that must not be there yet, durable before it is used.
    static func make(file: String) throws(Fault) -> MasterKey {
        let bytes = SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) }
        try SecretFile.write(bytes, to: file)
        return MasterKey(bytes)
    }

    static func parse(_ bytes: [UInt8]) -> [UInt8]? {
        if bytes.count == 32 { return bytes }
        let text = String(decoding: bytes, as: UTF8.self).filter { !$0.isWhitespace }
        guard text.utf8.count == 64 else { return nil }
        var found: [UInt8] = []
        var high: UInt8?
        for character in text {
            guard let digit = character.hexDigitValue.map(UInt8.init) else { return nil }
            if let first = high {
                found.append(first << 4 | digit)
                high = nil
            } else {
                high = digit
            }
        }
        return found
    }

    static func contents(_ path: String) -> [UInt8]? {
        FileManager.default.contents(atPath: path).map { Array($0) }
    }

    private static func unreadable(_ what: String, _ number: Int32) -> Fault {
        .failed("cannot read \(what): \(String(cString: strerror(number)))", hint: "see: ls -l \(what)")
    }
}

/// Files that only their owner can read, replaced whole or not at all.
enum SecretFile {
    static func write(_ bytes: [UInt8], to path: String) throws(Fault) {
        let partial = "\(path).\(getpid())"
        let file = open(partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw unwritable(path, errno) }
        var rest = bytes[...]
        var failure: Int32 = 0
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                failure = errno
                break
            }
            rest = rest.dropFirst(count)
        }
        if failure == 0, fsync(file) != 0 { failure = errno }
        close(file)
        if failure == 0, rename(partial, path) != 0 { failure = errno }
        guard failure == 0 else {
            unlink(partial)
            throw unwritable(path, failure)
        }
        let folder = open(parent(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if folder >= 0 {
            fsync(folder)
            close(folder)
        }
    }

    private static func parent(of path: String) -> String {
        "/" + path.split(separator: "/").dropLast().joined(separator: "/")
    }

    private static func unwritable(_ path: String, _ number: Int32) -> Fault {
        .failed(
            "cannot write \(path): \(String(cString: strerror(number)))",
            hint: "see: df; ls -ld \(parent(of: path))")
    }
}
