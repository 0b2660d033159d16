import FoundationEssentials

/// Files of the person's that a command writes anew.
enum KeptFile {
    /// Writes a file whole or not at all, its folder made where it is missing; what stood there stays beside it, with a
    /// `~` at the end of its name.
    static func write(_ text: String, to path: String) throws {
        try FileManager.default.createDirectory(
            atPath: HomePath.parent(of: path), withIntermediateDirectories: true)
        if let old = FileManager.default.contents(atPath: path) {
            try old.write(to: URL(filePath: path + "~"), options: .atomic)
        }
        try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
    }
}
