import AgentOSCore
import FoundationEssentials
import Glibc

/// Changes one byte in a copy of the log, and asks whether that is noticed.
struct TourTampering: Sendable {
    let stage: TourStage

    /// What verifying says of the copy with one byte changed in the entry at a place.
    func found(at seq: Int64) async throws -> String {
        guard let record = await stage.log.facts.entries.first(where: { $0.record.seq == seq })?.record else {
            throw Fault.failed("there is no entry \(seq)")
        }
        let copy = try HomeFolder.open(stage.home.copy)
        try copyLog(to: copy)
        // Opening and closing leaves one file with everything in it.
        let engine = try await stage.program.hosting.open(
            Hosting.Wish(home: copy, tenant: .main, configuration: Configuration(), scope: .none))
        await engine.close()
        let whole = try await stage.program.hosting.verify(copy, .main)
        guard whole.isWhole else {
            throw Fault.failed("the copy is not whole before it is changed: \(whole.text)")
        }
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: copy.log)))
        for place in places(of: Array(record.payload.utf8), in: bytes) {
            // The last letter of the text becomes another one.
            try put(bytes[place] ^ 0x01, at: place, in: copy.log)
            let verdict = try await stage.program.hosting.verify(copy, .main)
            if !verdict.isWhole {
                guard verdict.value["brokenAt"]?.int == Int(seq) else {
                    throw Fault.failed(
                        "entry \(seq) was changed, and verifying names another: \(verdict.text)")
                }
                // What it says first; how much before it is whole stands after a semicolon.
                return String(verdict.text.prefix { $0 != ";" })
            }
            try put(bytes[place], at: place, in: copy.log)
        }
        throw Fault.failed("a changed byte in entry \(seq) of \(copy.log) was not noticed")
    }

    /// Copies the log with what lies beside it; nothing is being written now.
    private func copyLog(to copy: HomeFolder) throws {
        let source = stage.home.folder.log
        for suffix in ["", "-wal", "-heads", "-key"]
        where FileManager.default.fileExists(atPath: source + suffix) {
            let data = try Data(contentsOf: URL(filePath: source + suffix))
            try data.write(to: URL(filePath: copy.log + suffix))
            chmod(copy.log + suffix, 0o600)
        }
    }

    /// Where a text stands in a file, its last letter each time.
    private func places(of text: [UInt8], in bytes: [UInt8]) -> [Int] {
        guard let first = text.first, bytes.count >= text.count else { return [] }
        var places: [Int] = []
        for start in 0...(bytes.count - text.count)
        where bytes[start] == first && bytes[start..<(start + text.count)].elementsEqual(text) {
            let letters = (start..<(start + text.count)).filter { bytes[$0] >= 0x61 && bytes[$0] <= 0x79 }
            if let last = letters.last { places.append(last) }
        }
        return places
    }

    private func put(_ byte: UInt8, at place: Int, in path: String) throws {
        let file = Glibc.open(path, O_WRONLY | O_CLOEXEC)
        guard file >= 0 else {
            throw Fault.failed("cannot change \(path): \(String(cString: strerror(errno)))")
        }
        defer { close(file) }
        var byte = byte
        guard pwrite(file, &byte, 1, off_t(place)) == 1 else {
            throw Fault.failed("cannot change \(path): \(String(cString: strerror(errno)))")
        }
    }
}
