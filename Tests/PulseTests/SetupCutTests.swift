import AgentOSCore
import Testing

@testable import Pulse

/// INV-4 for the command that prepares a workspace.
@Suite struct SetupCutTests {
    private static let id = CallID("s.setup")

    private func cut(_ config: SessionConfig) throws -> (Session, [SessionEvent]) {
        let base = WorkspaceBase(spec: config.workspace, source: nil, git: nil, tree: someTree)
        var session = session(
            after: [
                .queued(attempt: 1), .started(layer: "l"), .workspaceMade(base),
                .setupStarted(callId: Self.id),
            ],
            config: config)
        #expect(nextStep(for: session, now: noon) { _ in .read } == .recover(.setup(Self.id)))
        let events = setupCut(Self.id, try #require(config.setup), in: session)
        for event in events { session.apply(event, at: noon) }
        return (session, events)
    }

    private func config(
        _ workspace: WorkspaceSpec, _ network: NetworkPolicy, _ unattended: UnattendedPolicy = .wait
    ) -> SessionConfig {
        var config = SessionConfig(name: "n", goal: "g")
        config.workspace = workspace
        config.setup = SetupConfig(run: "npm ci")
        config.setup?.network = network
        config.unattended = unattended
        return config
    }

    @Test(
        arguments: [
            (.empty, .none, true), (.copy(path: "/p", include: []), .none, true),
            (.worktree(path: "/p"), .none, true), (.inplace(path: "/p"), .none, false),
            (.copy(path: "/p", include: []), .all, false), (.empty, .hosts(["a"]), false),
        ] as [(WorkspaceSpec, NetworkPolicy, Bool)])
    func onlyWhatIsUndoneRunsAgainByItself(
        _ workspace: WorkspaceSpec, _ network: NetworkPolicy, _ isUndone: Bool
    ) throws {
        let (session, events) = try cut(config(workspace, network))
        guard !isUndone else {
            #expect(events == [.setupCut(callId: Self.id, undone: true)])
            #expect(nextStep(for: session, now: noon) { _ in .read } == .makeWorkspace)
            return
        }
        #expect(session.state == .paused && session.reason == .setup)
        let item = try #require(inboxItems(of: session).first)
        #expect(item.kind == .approval && item.text.contains("cut") && item.detail.contains("npm ci"))
        #expect(nextStep(for: session, now: noon) { _ in .read } == nil)
    }

    @Test(arguments: [SessionCommand.resume, .answer(ItemID("s.u1"), .yes)])
    func aPersonsYesRunsItAgainUnderAnIdOfItsOwn(_ command: SessionCommand) throws {
        var (session, _) = try cut(config(.inplace(path: "/p"), .none))
        for event in try decide(command, in: session) { session.apply(event, at: noon) }
        let setup = try #require(session.config.setup)
        #expect(nextStep(for: session, now: noon) { _ in .read } == .setUp(setup))
        #expect(session.requests.isEmpty && session.nextSetupID == CallID("s.setup2"))
    }

    @Test func noEndsTheSession() throws {
        var (session, _) = try cut(config(.empty, .all))
        for event in try decide(.answer(ItemID("s.u1"), .no(nil)), in: session) {
            session.apply(event, at: noon)
        }
        #expect(session.state == .cancelled && inboxItems(of: session).isEmpty)
    }

    @Test func withoutAPersonItFailsAndSaysWhy() throws {
        let (session, _) = try cut(config(.inplace(path: "/p"), .none, .deny))
        #expect(session.state == .failed)
        #expect(session.error?.contains("may have changed /p itself") == true)
    }

    /// A person reads why a setup failed: how it ended and the last that it said, and no advice to a model.
    @Test(arguments: [
        ("npm ci\nnpm ERR! no lock file\n[exit code 1]", "setup failed: exit code 1: npm ERR! no lock file"),
        ("[exit code 3]", "setup failed: exit code 3"),
        ("no sandbox works", "setup failed: no sandbox works"),
        ("half\n\n[ended by signal 9 after 5 ms]\n", "setup failed: ended by signal 9 after 5 ms: half"),
    ]) func aFailedSetupInOneLine(text: String, told: String) {
        #expect(setupFailure(ToolResult(text: text, isError: true)) == told)
    }
}
