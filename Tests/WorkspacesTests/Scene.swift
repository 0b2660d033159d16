import AgentOSCore
import FoundationEssentials
import Glibc
import ObjectStore
import TestSupport
import Testing

@testable import Workspaces

/// A temporary folder with an object store, a source and a place for a workspace.
final class Scene: Sendable {
    let folder: TemporaryFolder
    let store: ObjectStore
    let policy: WorkspacePolicy
    let git: Git

    var source: String { folder.path + "/source" }
    var root: String { folder.path + "/workspace" }

    init() throws {
        folder = try TemporaryFolder()
        store = try ObjectStore(root: folder.path + "/objects", tenant: .main)
        for name in ["source", "home"] {
            try FileManager.default.createDirectory(
                atPath: folder.file(name), withIntermediateDirectories: true)
        }
        try folder.write(
            "home/.gitconfig",
            "[user]\n\tname = Ada\n\temail = ada@example.org\n[init]\n\tdefaultBranch = main\n")
        let environment = [
            "HOME": folder.file("home"), "PATH": "/usr/local/bin:/usr/bin:/bin", "GIT_CONFIG_NOSYSTEM": "1",
        ]
        policy = WorkspacePolicy(userHome: folder.file("home"), agentosHome: nil, environment: environment)
        git = Git(environment: environment)
    }

    /// Runs git in the source (or another folder) and returns its output.
    @discardableResult
    func git(_ arguments: String..., in other: String? = nil) async throws -> String {
        try await git.check(in: other ?? source, arguments).line
    }

    /// Writes files of the source: text by path.
    func write(_ files: [String: String], in folderName: String = "source") throws {
        for (name, text) in files { try folder.write(folderName + "/" + name, text) }
    }

    func read(_ name: String, in folderName: String = "source") throws -> String {
        try folder.read(folderName + "/" + name)
    }

    /// A repository with one commit of these files.
    func repository(_ files: [String: String]) async throws {
        try await git("init", "-q")
        try write(files)
        try await git("add", "-A")
        try await git("commit", "-q", "-m", "start")
    }

    func create(_ spec: WorkspaceSpec) async throws -> Workspace {
        try await Workspace.create(spec, at: root, store: store, cache: folder.file("cache"), policy: policy)
    }

    func copy(include: [String] = []) async throws -> Workspace {
        try await create(.copy(path: source, include: include))
    }

    func delivery(_ workspace: Workspace) -> Delivery {
        Delivery(base: workspace.base, store: store, environment: policy.environment)
    }

    func request(_ tree: TreeID, _ form: DeliveryForm? = nil, only: [String] = []) -> DeliveryRequest {
        DeliveryRequest(
            session: SessionID("k3x9qd"), name: "fix the bug", tree: tree, audit: "abc123",
            subject: "Fix the bug",
            at: Timestamp(milliseconds: 1_795_000_000_000), form: form, only: only)
    }

    /// Everything below a folder as text: kind, mode and content by path.
    func listing(_ path: String, leavingOut: Set<String> = []) throws -> [String: String] {
        var out: [String: String] = [:]
        func walk(_ handle: FolderHandle, _ prefix: String) throws {
            for (name, status) in try handle.list() {
                let here = prefix + TreePath(bytes: name).description
                if leavingOut.contains(here) { continue }
                switch status.kind {
                case .folder:
                    out[here] = "folder \(status.mode)"
                    if let inner = try handle.folder(name) { try walk(inner, here + "/") }
                case .symlink: out[here] = "link \(TreePath(bytes: try handle.readLink(name)))"
                case .file:
                    let bytes = try handle.openFile(name)?.readAll(expected: status.size) ?? []
                    out[here] = "file \(status.mode) \(Digest(hashing: bytes).hex)"
                case .other: out[here] = "other"
                }
            }
        }
        try walk(FolderHandle(path: path), "")
        return out
    }
}

func makeLink(_ path: String, to target: String) throws {
    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: target)
}

/// A fixed-seed generator (SplitMix64).
struct Seeded: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
