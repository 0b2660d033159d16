import AgentOSCore

/// The lines that travel over `host.sock` and over the standard streams of `--no-ui`.
public enum WireProtocol {
    /// The version that both sides must speak.
    public static let version = 1
    /// The longest line that a host reads; a longer one ends the connection.
    public static let requestLimit = 1 << 20
    /// The longest line that a client reads: an answer may be a whole diff.
    public static let answerLimit = 256 << 20
    /// The socket's name in the home.
    public static let socketName = "host.sock"
    /// How many connections a host serves at the same time.
    public static let connectionLimit = 256
    /// How many calls of one connection are under way at the same time; the next line waits.
    public static let callLimit = 64
}

/// The first line of a host.
public struct HostHello: Hashable, Sendable, Codable {
    /// The protocol's version.
    public var `protocol`: Int
    /// The program's version.
    public var version: String
    /// The host's process.
    public var pid: Int32
    /// The tenant that a client speaks to that asks for none.
    public var tenant: TenantID
    /// Whether it runs what it was started for and nothing else of the home; nil is no.
    public var runsOnlyFirst: Bool?

    /// The hello of a host that speaks this version.
    public init(version: String, pid: Int32, tenant: TenantID, runsOnlyFirst: Bool? = nil) {
        `protocol` = WireProtocol.version
        self.runsOnlyFirst = runsOnlyFirst
        self.version = version
        self.pid = pid
        self.tenant = tenant
    }
}

/// What a client says of itself; a client that says nothing is its Unix user, in the host's first tenant.
public struct ClientHello: Hashable, Sendable, Codable {
    /// The protocol's version.
    public var `protocol`: Int
    /// The program's version.
    public var version: String?
    /// The tenant it speaks to.
    public var tenant: TenantID?
    /// The name it acts under, its Unix user's when nil.
    ///
    /// The user's number is taken from the socket all the same.
    public var name: String?
    /// `$SSH_CONNECTION` as it is in the client's environment.
    public var ssh: String?

    /// The hello of a client that speaks this version.
    public init(version: String? = nil, tenant: TenantID? = nil, name: String? = nil, ssh: String? = nil) {
        `protocol` = WireProtocol.version
        self.version = version
        self.tenant = tenant
        self.name = name
        self.ssh = ssh
    }

    enum CodingKeys: String, CodingKey {
        case `protocol`, version, tenant, ssh
        case name = "as"
    }

    /// The address at the other end of the SSH connection.
    public var peer: String? {
        guard let address = ssh?.split(separator: " ").first, address.utf8.count <= 64,
            address.unicodeScalars.allSatisfy({
                $0.properties.isASCIIHexDigit || ".:%".unicodeScalars.contains($0)
            })
        else { return nil }
        return String(address)
    }
}
