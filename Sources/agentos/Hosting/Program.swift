import AgentOSCore
import FoundationEssentials
import Glibc
import HostWire

/// What surrounds a command: the environment, the folder it was typed in, the live engine.
struct Program: Sendable {
    /// The environment.
    let environment: [String: String]
    /// The current folder.
    let folder: String
    /// The live engine.
    let hosting: Hosting
    /// The time of day.
    let clock: WallClock

    /// The home that the options name, made on first use.
    func home(_ options: GlobalOptions) throws(Fault) -> HomeFolder {
        try HomeFolder.open(HomePath.home(option: options.home, environment: environment, folder: folder))
    }

    /// The home that the options name, which must be there.
    func existingHome(_ options: GlobalOptions) throws(Fault) -> HomeFolder {
        try HomeFolder.existing(HomePath.home(option: options.home, environment: environment, folder: folder))
    }

    /// The tenant that the options name.
    func tenant(_ options: GlobalOptions) throws(Fault) -> TenantID {
        guard let slug = options.tenant else { return .main }
        let tenant = TenantID(slug)
        guard tenant.isValid else {
            throw .usage(
                "'\(slug)' is not a tenant", hint: "a slug has lower-case letters, digits and hyphens")
        }
        guard tenant == .main else {
            throw .notFound("there is no tenant \(slug)", hint: "the local tenant is main")
        }
        return tenant
    }

    /// Who acts.
    func actor(_ options: GlobalOptions) -> Actor {
        Actor(
            kind: .user, name: options.name ?? UserName.of(getuid()), uid: getuid(),
            peer: ClientHello(ssh: environment["SSH_CONNECTION"]).peer)
    }

    /// What a client of a host says of itself.
    func identity(_ options: GlobalOptions) throws(Fault) -> ClientHello {
        ClientHello(
            version: hosting.version, tenant: try tenant(options), name: options.name,
            ssh: environment["SSH_CONNECTION"])
    }

    /// A path of the command line, made absolute.
    func path(_ text: String) -> String {
        HomePath.absolute(text, environment: environment, folder: folder)
    }

    /// An id that no other command has.
    func commandID() -> String {
        "cli-\(getpid())-" + String(UInt64.random(in: 0 ... .max), radix: 36)
    }
}
