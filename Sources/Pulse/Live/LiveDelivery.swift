import AgentOSCore
import FoundationEssentials
import Glibc
import ObjectStore
import Workspaces

/// Takes results out of workspaces as they are.
struct LiveDelivery: Sendable {
    let store: ObjectStore
    let policy: WorkspacePolicy

    var port: DeliveryPort {
        let (store, policy) = (store, policy)
        return DeliveryPort(
            checkWorkspace: { try await Workspace.check($0, policy: policy) },
            plan: { session, request in try await delivery(session).plan(request) },
            perform: { session, plan in try await delivery(session).perform(plan) },
            patch: { session, plan in try await delivery(session).patch(plan) },
            write: { bytes, path in try await Blocking.value { try writeNew(bytes, to: path) } },
            revert: { session, record in try await delivery(session).revert(record) },
            repository: { session in
                guard let base = session.base else { return [] }
                return try await RepositoryDrift(of: base, environment: policy.environment).lines
            },
            export: { session, tree, path in
                let delivery = try delivery(session)
                return try await Blocking.value {
                    let missing = try delivery.export(tree, to: path)
                    let inner = session.base?.spec.internalPaths ?? []
                    let files = try store.entries(of: tree).count { path, entry in
                        entry.kind != .folder && !inner.contains { path.isWithin($0) }
                    }
                    return (files - missing.count, missing.map(\.description))
                }
            })
    }

    private func delivery(_ session: Session) throws(Fault) -> Delivery {
        guard let base = session.base else { throw Fault.refused("\(session.id) has no workspace") }
        return Delivery(base: base, store: store, environment: policy.environment)
    }
}

/// Writes a file that must not exist yet.
private func writeNew(_ bytes: [UInt8], to path: String) throws(Fault) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
        throw errno == EEXIST
            ? Fault.refused("\(path) exists already", hint: "name a new file")
            : Fault.failed(
                "\(path) cannot be written: \(String(cString: strerror(errno)))",
                hint: errno == ENOENT ? "make the folder that it lies in first" : nil)
    }
    defer { close(descriptor) }
    var written = 0
    while written < bytes.count {
        let count = bytes[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        guard count > 0 || errno == EINTR else {
            unlink(path)
            throw Fault.failed("\(path) cannot be written: \(String(cString: strerror(errno)))")
        }
        written += max(0, count)
    }
}
