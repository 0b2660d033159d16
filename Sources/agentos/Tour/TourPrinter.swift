import AgentOSCore
import Glibc

/// Prints what a tour without a terminal shows.
///
/// A reader that has gone does not end the tour in the middle: its engine is ended first.
struct TourPrinter: Sendable {
    /// Prints one line.
    func line(_ text: SafeText) { write(text.text + "\n") }

    /// Prints a frame, whose cells are safe already.
    func frame(_ text: String) { write(text + "\n") }

    private func write(_ text: String) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(1, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}
