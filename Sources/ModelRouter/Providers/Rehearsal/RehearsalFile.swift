import AgentOSCore
import FoundationEssentials
import Glibc
import Synchronization

/// The file of a rehearsal.
public enum RehearsalFile {
    private static let largest = 64 << 20

    /// Reads every line; throws the first that is wrong, with file and line.
    @discardableResult
    public static func check(_ path: String) throws(Fault) -> Int {
        let lines = try lines(of: path)
        for line in lines { _ = try read(line, path: path) }
        return lines.count
    }

    /// The line with this number, from 0, blank ones not counted.
    static func line(_ index: Int, of path: String, known: RehearsalLines) throws(Fault) -> RehearsalLine {
        let lines = try known.lines(of: path)
        guard index >= 0, index < lines.count else {
            throw .failed(
                "the rehearsal is over: \(path) holds \(lines.count) \(lines.count == 1 ? "reply" : "replies") and reply \(index + 1) was asked for",
                hint: "add a line, or record a longer run")
        }
        return try read(lines[index], path: path)
    }

    private static func read(_ line: (number: Int, bytes: Data), path: String) throws(Fault) -> RehearsalLine
    {
        do throws(RehearsalLine.Problem) { return try RehearsalLine.read(line.bytes) } catch {
            throw .usage("\(path):\(line.number): \(error.text)", hint: "mend that line")
        }
    }

    fileprivate static func lines(of path: String) throws(Fault) -> [(number: Int, bytes: Data)] {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw .usage("the rehearsal file \(path) cannot be read", hint: "check file in config.yaml")
        }
        guard data.count <= largest else {
            throw .usage(
                "the rehearsal file \(path) is larger than \(largest) bytes", hint: "use a shorter one")
        }
        return data.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated().compactMap {
            number, line in
            line.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) ? nil : (number + 1, line)
        }
    }
}

/// The lines of a rehearsal's file as they were read last, read again when the file is another or was written since.
final class RehearsalLines: Sendable {
    private struct State {
        var mark: [Int] = []
        var lines: [(number: Int, bytes: Data)] = []
    }

    private let state = Mutex(State())

    fileprivate func lines(of path: String) throws(Fault) -> [(number: Int, bytes: Data)] {
        // The mark is taken before the file is read: what is written meanwhile is read the next time.
        let mark = Self.mark(of: path)
        let known = state.withLock { mark != nil && $0.mark == mark ? $0.lines : nil }
        if let known { return known }
        let lines = try RehearsalFile.lines(of: path)
        if let mark { state.withLock { $0 = State(mark: mark, lines: lines) } }
        return lines
    }

    /// What changes when a file does; nil where it cannot be looked at.
    private static func mark(of path: String) -> [Int]? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return [
            Int(status.st_dev), Int(status.st_ino), Int(status.st_size), Int(status.st_mtim.tv_sec),
            Int(status.st_mtim.tv_nsec), Int(status.st_ctim.tv_sec), Int(status.st_ctim.tv_nsec),
        ]
    }
}
