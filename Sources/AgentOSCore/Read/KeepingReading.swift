/// How much a home holds.
public struct HomeSize: EngineQuery {
    /// `home.size`.
    public static let name = "home.size"
    /// The parts.
    public typealias Answer = Reading
    /// How much a home holds.
    public init() {}

    /// A part of a home.
    public struct Part: Hashable, Sendable, Codable {
        /// `log`, `objects`, `workspaces`, `sessions`, `other`.
        public var part: String
        /// How many: events, objects, workspaces, sessions, files.
        public var count: Int
        /// Bytes of its files.
        public var bytes: Int64
        /// A part.
        public init(part: String, count: Int, bytes: Int64) {
            self.part = part
            self.count = count
            self.bytes = bytes
        }
    }

    /// What a home holds.
    public struct Reading: Hashable, Sendable, Codable {
        /// Its parts.
        public var parts: [Part]
        /// Objects that nothing kept names any more.
        public var unreachable: Part
        /// What a home holds.
        public init(parts: [Part], unreachable: Part) {
            self.parts = parts
            self.unreachable = unreachable
        }
        /// Bytes in all.
        public var bytes: Int64 { parts.reduce(0) { $0 + $1.bytes } }
    }
}
