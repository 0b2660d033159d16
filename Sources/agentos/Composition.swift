import AgentOSCore
import CSandbox
import Documents
import EngineHost
import EventLog
import FoundationEssentials
import Glibc
import Tools

/// The only place that names the live parts and puts them together.
enum Composition {
    /// The system's clock.
    static let clock = WallClock {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return Timestamp(milliseconds: Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000)
    }

    /// The live engine.
    static func hosting(environment: [String: String]) -> Hosting {
        Hosting(
            open: { wish in engine(try await open(wish, environment)) },
            verify: { home, tenant in try await verdict(home, tenant) },
            backup: { home, file, client in try await backup(home, file, client) },
            restore: { file, home in
                try await HomeArchive(home: home).read(from: file) {
                    try EventLog.restore(from: $0, to: home.log)
                }
            },
            sandbox: { home in await sandbox(home) }, version: Version.text)
    }

    /// A host that runs goes on meanwhile; without one nothing moves, and the lock is held.
    private static func backup(_ home: HomeFolder, _ file: String, _ client: EngineClient?) async throws {
        try home.requireLog()
        guard FileManager.default.fileExists(atPath: home.log) else {
            throw Fault.notFound("there is no log in \(home.path)", hint: "name another home: --home DIR")
        }
        try await HomeArchive(home: home, isInUse: client != nil).write(to: file) { stage in
            let copy = stage + "/agentos.db"
            try EventLog.backup(of: home.log, to: copy)
            guard let client else { return }
            let end = try EventLog.verify(file: copy, tenant: .main).head
            try await LiveCopy(home: home, stage: stage, client: client, end: end, tenant: .main)
                .copyWorkspaces()
        }
    }

    private static func open(_ wish: Hosting.Wish, _ environment: [String: String]) async throws -> EngineHost
    {
        try wish.home.requireLog()
        let configuration = wish.configuration
        var prices: [PricesFile] = []
        if let path = configuration.pricesPath { prices.append(try PricesDocument.read(path: path)) }
        return try await EngineHost.open(
            HostOptions(
                home: wish.home.path, tenant: wish.tenant, configuration: configuration, prices: prices,
                clock: clock,
                zone: try zone(configuration, environment), environment: environment, machine: machine,
                version: Version.text, scope: wish.scope,
                report: { HostLog.say("\($0)", priority: 4) }))
    }

    private static func engine(_ host: EngineHost) -> Hosting.Engine {
        Hosting.Engine(
            client: { host.client(as: $0) }, run: { try await host.run() },
            waitUntilAsked: {
                for await request in host.stops {
                    if request == .drain { await host.drain() }
                    return
                }
            }, standDown: { await host.standDown() }, stop: { await host.stop() },
            isIdle: { (try? await host.isIdle()) ?? false },
            waitUntilIdle: {
                do { try await host.waitUntilIdle() } catch { HostLog.say("\(error)", priority: 3) }
            }, close: { host.close() })
    }

    private static func zone(_ configuration: Configuration, _ environment: [String: String]) throws(Fault)
        -> ZoneReader
    {
        if let name = configuration.zone {
            guard let zone = ZoneFile.named(name) else {
                throw .usage(
                    "this machine has no time zone \(name)",
                    hint: "see /usr/share/zoneinfo, or install tzdata")
            }
            return ZoneReader(name: name) { zone.minutes(at: $0) }
        }
        guard let (name, zone) = ZoneFile.machine(environment) else { return .utc }
        return ZoneReader(name: name) { zone.minutes(at: $0) }
    }

    /// The day in the configured zone: `YYYY-MM-DD`.
    static func today(_ configuration: Configuration, _ environment: [String: String]) throws(Fault) -> String
    {
        try zone(configuration, environment).day(clock.now())
    }

    private static var machine: String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "localhost" }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func verdict(_ home: HomeFolder, _ tenant: TenantID) async throws -> Hosting.Verdict {
        try home.requireLog()
        guard FileManager.default.fileExists(atPath: home.log) else {
            throw Fault.notFound("there is no log in \(home.path)", hint: "name another home: --home DIR")
        }
        let found = try EventLog.verify(file: home.log, tenant: tenant)
        var value: [String: JSONValue] = [
            "tenantId": .string(tenant.rawValue), "verified": .bool(found.isWhole),
            "entries": .int(found.entries),
            "head": .int(found.head), "sealed": .bool(found.isSealed),
            "resealedAt": .array(found.resealedAt.map { .int($0) }),
        ]
        guard let broken = found.brokenAt else {
            let seal = found.isSealed ? "" : "; no signed head was there, so a cut tail would not show"
            return Hosting.Verdict(
                isWhole: true, text: "\(found.entries) entries, each as it was written\(seal)",
                value: .object(value))
        }
        value["brokenAt"] = .int(broken.seq)
        value["damage"] = .string(broken.damage.rawValue)
        return Hosting.Verdict(
            isWhole: false, text: "\(broken); \(found.entries) entries before it are whole",
            value: .object(value))
    }

    private static func sandbox(_ home: HomeFolder) async -> Hosting.Finding {
        let choice = await Sandbox.choose(scratch: home.path)
        if let sandbox = choice.sandbox {
            let limit =
                switch sandbox.layer {
                case .bubblewrap: ""
                case .landlock:
                    "; hooks in a workspace are put back at each checkpoint instead of being read-only, inplace not at all"
                }
            return Hosting.Finding(
                name: "sandbox", ok: true, detail: "\(sandbox.layer), proved by a probe\(limit)")
        }
        let found = choice.probes.map { "\($0.layer): \($0.failures.joined(separator: ", "))" }
        return Hosting.Finding(
            name: "sandbox", ok: false, detail: found.joined(separator: "; "),
            fix: choice.probes.compactMap(\.fix).first)
    }
}
