import AgentOSCore
import Glibc
import ObjectStore

/// What a workspace may be made from, and with whose environment git runs.
public struct WorkspacePolicy: Sendable {
    /// How much may be copied.
    public var caps = Caps()
    /// The user's home folder, which is no source.
    public var userHome: String?
    /// The home of this program, which is no source, nor is a folder above it.
    public var agentosHome: String?
    /// Whether the person said that any folder will do.
    public var allowsAnyFolder = false
    /// The environment of the person: git takes identity and configuration from it.
    public var environment: [String: String]

    /// A policy with the usual caps.
    public init(userHome: String?, agentosHome: String?, environment: [String: String]) {
        self.userHome = userHome
        self.agentosHome = agentosHome
        self.environment = environment
    }

    /// The absolute path of a source without links, or the fault that says why it is none.
    func source(_ path: String) throws -> String {
        guard let resolved = resolvedPath(path), let status = FileStatus.following(resolved) else {
            let reason = errno == ENOENT ? "does not exist" : String(cString: strerror(errno))
            throw Fault.usage("workspace \(path): \(reason)", hint: "name a folder")
        }
        guard status.kind == .folder else {
            throw Fault.usage("workspace \(path) is not a folder", hint: "name a folder")
        }
        guard access(resolved, R_OK | X_OK) == 0 else {
            throw Fault.usage("workspace \(path) cannot be read", hint: "check its permissions")
        }
        if allowsAnyFolder { return resolved }
        if resolved == "/" { throw refused(path, "is the whole machine") }
        if let home = userHome.flatMap(resolvedPath), home == resolved {
            throw refused(path, "is your home folder")
        }
        if let home = agentosHome.flatMap(resolvedPath), home == resolved || home.hasPrefix(resolved + "/") {
            throw refused(path, "holds the home of agentos (\(home))")
        }
        return resolved
    }

    private func refused(_ path: String, _ why: String) -> Fault {
        .refused("workspace \(path) \(why)", hint: "name the folder of the project")
    }
}
