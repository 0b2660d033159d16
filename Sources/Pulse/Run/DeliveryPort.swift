import AgentOSCore
import Workspaces

/// What taking a result needs of the files.
struct DeliveryPort: Sendable {
    /// Refuses a workspace that cannot or must not be made; makes nothing.
    var checkWorkspace: @Sendable (WorkspaceSpec) async throws -> Void
    /// What a delivery would write; writes nothing outside the object store.
    var plan: @Sendable (Session, DeliveryRequest) async throws -> DeliveryPlan
    /// Carries a plan out, a branch or into the files.
    var perform: @Sendable (Session, DeliveryPlan) async throws -> DeliveryRecord
    /// The patch of a plan.
    var patch: @Sendable (Session, DeliveryPlan) async throws -> [UInt8]
    /// Writes a patch to a file that must not exist.
    var write: @Sendable (_ bytes: [UInt8], _ path: String) async throws -> Void
    /// Puts back what a delivery wrote.
    var revert: @Sendable (Session, DeliveryRecord) async throws -> Void
    /// What of the repository around a folder of the person's own is not as it was at the start, a line each.
    var repository: @Sendable (Session) async throws -> [String]
    /// Writes a tree to a folder or a `.tar`; returns how many files, and those whose bytes were not kept.
    var export: @Sendable (Session, TreeID, String) async throws -> (files: Int, missing: [String])
}
