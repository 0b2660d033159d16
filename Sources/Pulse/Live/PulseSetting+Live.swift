import AgentOSCore
import EventLog
import Ledger
import ModelRouter
import ObjectStore
import Tools
import Workspaces

extension PulseSetting {
    /// A setting with the real files, models, tools and gates.
    ///
    /// `sandbox` is nil where no layer works; sessions then cannot start, and `refusal` says why.
    public init(
        tenant: TenantID, log: EventLog, clock: WallClock, paths: SessionPaths, store: ObjectStore,
        policy: WorkspacePolicy,
        configuration: Configuration, router: ModelRouter, ledger: Ledger, lease: HostLease,
        sandbox: Sandbox?, refusal: Fault?,
        runsOnlyFirst: Bool = false,
        makeID: @escaping @Sendable () -> SessionID, report: @escaping @Sendable (Fault) -> Void
    ) {
        let locks = SessionLocks(paths: paths, lease: lease)
        let bench = LiveBench(paths: paths, store: store, locks: locks, policy: policy)
        let calls = LiveCalls(
            bench: bench, router: router, ledger: ledger, log: log, clock: clock, sandbox: sandbox,
            tenant: tenant, tell: report)
        let redact = Redactor(providers: configuration.providers, environment: policy.environment)
        let rehearsed = Set(configuration.providers.filter { $0.kind == .rehearsal }.map(\.name))
        self.init(
            tenant: tenant, log: log, clock: clock, capacity: QueueCapacity(configuration),
            refusal: refusal, runsOnlyFirst: runsOnlyFirst,
            models: { route throws(Fault) in try router.candidates(for: route) },
            checkModel: { route throws(Fault) in _ = try router.candidates(for: route) },
            providers: { route in ((try? router.candidates(for: route)) ?? []).map(\.provider) },
            hasModels: !configuration.providers.isEmpty || !configuration.routes.isEmpty,
            isRehearsal: { route in
                let models = (try? router.candidates(for: route)) ?? []
                return !models.isEmpty && models.allSatisfy { rehearsed.contains($0.provider) }
            },
            makeID: makeID,
            report: { report(Fault($0.code, redact($0.message), hint: $0.hint.map { redact($0) })) },
            redact: redact, environment: policy.environment, keep: configuration.keep,
            keeping: LiveKeeping(paths: paths, store: store, locks: locks), bench: bench.port,
            calls: calls.port,
            delivery: LiveDelivery(store: store, policy: policy).port,
            chainFiles: LiveChainFiles(
                store: store, policy: policy, scratch: "\(paths.home)/workspaces/\(tenant)/.chains"
            ).port)
    }
}
