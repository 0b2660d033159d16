import AgentOSCore
import Documents
import FoundationEssentials
import Glibc

/// Looks at what works here; contacts nobody.
struct Doctor: Sendable {
    let program: Program
    let options: GlobalOptions

    /// The rows, each with what mends it.
    func examine() async -> [Hosting.Finding] {
        [terminal(), await sandbox(), await store(), providers(), clock()]
    }

    private func terminal() -> Hosting.Finding {
        let name = program.environment["TERM"] ?? ""
        let locale =
            ["LC_ALL", "LC_CTYPE", "LANG"].compactMap { program.environment[$0] }.first { !$0.isEmpty } ?? ""
        let isUTF8 = locale.uppercased().contains("UTF-8") || locale.uppercased().contains("UTF8")
        if name.isEmpty || name == "dumb" {
            return Hosting.Finding(
                name: "terminal", ok: false,
                detail: name.isEmpty ? "TERM is not set" : "TERM=dumb cannot show a screen",
                fix: "export TERM=xterm-256color")
        }
        let attached = isatty(0) == 1 && isatty(1) == 1 ? "" : ", not attached here"
        return Hosting.Finding(
            name: "terminal", ok: true,
            detail: "\(name), \(isUTF8 ? "UTF-8" : "ASCII only: no UTF-8 locale")\(attached)",
            fix: isUTF8 ? nil : "export LC_ALL=C.UTF-8")
    }

    /// Proves the sandbox in the home or, where that cannot be used, in a folder of its own.
    private func sandbox() async -> Hosting.Finding {
        if let home = try? program.existingHome(options) { return await program.hosting.sandbox(home) }
        var name = Array("/tmp/agentos-doctor-XXXXXX".utf8CString)
        guard mkdtemp(&name) != nil else {
            return Hosting.Finding(
                name: "sandbox", ok: false, detail: "not proved: neither the home nor /tmp can be written",
                fix: "choose another home: --home DIR")
        }
        let path = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { try? FileManager.default.removeItem(atPath: path) }
        return await program.hosting.sandbox(HomeFolder(path: path))
    }

    private func store() async -> Hosting.Finding {
        do {
            _ = try program.tenant(options)
            if let absent = try absentHome() { return absent }
            let home = try program.existingHome(options)
            let (seq, host) = try await look(home)
            let holder = host.map { ", host with pid \($0)" } ?? ", no host"
            return Hosting.Finding(name: "store", ok: true, detail: "\(home.path), \(seq) events\(holder)")
        } catch {
            let fault = error as? Fault
            return Hosting.Finding(
                name: "store", ok: false, detail: fault?.message ?? "\(error)", fix: fault?.hint)
        }
    }

    /// The row of a home that is not there yet: whether it could be made; nil for one that is.
    private func absentHome() throws(Fault) -> Hosting.Finding? {
        let path = try HomePath.home(
            option: options.home, environment: program.environment, folder: program.folder)
        guard access(path, F_OK) != 0, errno == ENOENT else { return nil }
        var above = path
        while above != "/", access(above, F_OK) != 0 {
            above = HomePath.parent(of: above)
        }
        guard Self.canMakeFolder(in: above) else {
            return Hosting.Finding(
                name: "store", ok: false,
                detail: "the home \(path) is not there, and \(above) does not let one be made",
                fix: "choose another home: --home DIR")
        }
        return Hosting.Finding(
            name: "store", ok: true, detail: "\(path) is not there yet; the first session makes it")
    }

    /// Tries it: what is said of rights is not all that decides.
    private static func canMakeFolder(in path: String) -> Bool {
        var name = Array("\(path)/.agentos-doctor-XXXXXX".utf8CString)
        guard mkdtemp(&name) != nil else { return false }
        return rmdir(name) == 0
    }

    /// The events in the store, and the host's pid; a configuration with faults is a row of its own.
    private func look(_ home: HomeFolder) async throws -> (seq: Int64, host: Int32?) {
        switch try await program.reach(home, options) {
        case .host(let client, let hello):
            let seq = try await client.client.ask(Overview()).seq
            await client.close()
            return (seq, hello.pid)
        case .lock(let lock):
            defer { lock.release() }
            let wish = Hosting.Wish(
                home: home, tenant: try program.tenant(options), configuration: Configuration(), scope: .none)
            let engine = try await program.hosting.open(wish)
            let seq: Int64
            do { seq = try await engine.client(program.actor(options)).ask(Overview()).seq } catch {
                await engine.close()
                throw error
            }
            await engine.close()
            return (seq, nil)
        }
    }

    private func providers() -> Hosting.Finding {
        do {
            let settings = try program.settings(options)
            let configuration = settings.values
            let missing = configuration.providers.filter { $0.key?.isEmpty == true }.map(\.name)
            guard missing.isEmpty else {
                return Hosting.Finding(
                    name: "providers", ok: false, detail: "no key for \(missing.joined(separator: ", "))",
                    fix: Self.exports(missing, settings))
            }
            // A machine that was never told of a model is not broken: the tour and rehearsals work.
            guard !configuration.providers.isEmpty else {
                let path = try HomePath.configuration(
                    option: options.config, environment: program.environment, folder: program.folder
                ).path
                let folder = HomePath.parent(of: path)
                return Hosting.Finding(
                    name: "providers", ok: true, detail: "none named yet; agentos tour needs none",
                    fix: (access(folder, F_OK) == 0 ? "" : "mkdir -p \(folder) && ") + "${EDITOR:-vi} \(path)"
                )
            }
            let names = configuration.providers.map { "\($0.name) (\($0.kind.rawValue))" }
            return Hosting.Finding(
                name: "providers", ok: true, detail: names.joined(separator: ", ") + ", not contacted")
        } catch {
            let text = String("\(error)".prefix { !$0.isNewline })
            return Hosting.Finding(name: "providers", ok: false, detail: text, fix: "agentos config check")
        }
    }

    /// The variables that the keys of some providers are read from, as a command that sets them.
    private static func exports(_ names: [String], _ settings: LocatedConfiguration) -> String {
        let variables = names.compactMap { name -> String? in
            guard let written = settings.origin(of: "providers.\(name).key")?.written,
                written.hasPrefix("${"), written.hasSuffix("}")
            else { return nil }
            return "\(written.dropFirst(2).dropLast())=KEY"
        }
        return variables.isEmpty
            ? "agentos config show --origin" : "export " + variables.joined(separator: " ")
    }

    private func clock() -> Hosting.Finding {
        let now = program.clock.now()
        let zone = ZoneFile.machine(program.environment)?.name ?? "UTC"
        let isPast = now < Timestamp(milliseconds: 1_760_000_000_000)
        return Hosting.Finding(
            name: "clock", ok: !isPast, detail: "\(SessionText.clock(now)), zone \(zone)",
            fix: isPast ? "sudo timedatectl set-ntp true" : nil)
    }
}
