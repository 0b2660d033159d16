import AgentOSCore
import CSandbox
import FoundationEssentials
import Glibc
import TestSupport
import Testing

@testable import Tools

@Suite("INV-4: a cut call leaves no process and no status, a finished one is found again", .serialized)
struct CutCallTests {
    /// Waits for a file that a command makes; fails after a bound that only a hang reaches.
    static func appears(_ path: String) -> Bool {
        for _ in 0..<2000 {
            if access(path, F_OK) == 0 { return true }
            usleep(5000)
        }
        return false
    }

    static func disappears(_ mark: Mark) -> Bool {
        for _ in 0..<1000 {
            if mark.alive == 0 { return true }
            usleep(5000)
        }
        return false
    }

    /// A shell that stands for the engine: it holds the lifeline of one confined command.
    private func engine(_ stage: Stage, _ layer: SandboxLayer, _ shell: String) throws -> pid_t {
        let sandbox = try Layers.sandbox(layer)
        let kind = layer == .bubblewrap ? "bubblewrap" : "landlock"
        let script = """
            mkdir -p \(stage.spool); mkfifo \(stage.folder.file("life"))
            \(sandbox.helperPath) __sandbox --layer \(kind) --workspace \(stage.workspace) --spool \(stage.spool) \
              -- "$1" < \(stage.folder.file("life")) > /dev/null 3>&- &
            exec 3> \(stage.folder.file("life")); echo started > \(stage.folder.file("engine")); sleep 300 3>&-
            """
        var pid: pid_t = 0
        let error = withCStrings(["sh", "-c", script, "sh", shell]) { argv in
            withCStrings(["PATH=/usr/bin:/bin"]) {
                csandbox_spawn("/bin/sh", argv, $0, [-1, -1, -1], 3, &pid)
            }
        }
        guard error == 0 else { throw Fault.failed("cannot start the stand-in") }
        return pid
    }

    /// Kills the stand-in and the `sleep` that it waits for, as the death of the machine's engine would.
    private func killGroup(_ pid: pid_t) {
        kill(-pid, SIGKILL)
        _ = csandbox_wait(pid)
    }

    @Test("kill -9 of the engine ends the command without a status", arguments: Layers.all)
    func engineDies(_ layer: SandboxLayer) async throws {
        let stage = try Stage()
        let mark = Mark()
        let shell =
            "trap '' TERM; setsid \(mark.sleeper) & (\(mark.sleeper) &) ; echo x > running; sleep 300; : \(mark.word)"
        let gone = try await BlockingThread.value {
            let pid = try engine(stage, layer, shell)
            guard Self.appears(stage.workspace + "/running") else { return false }
            killGroup(pid)
            return Self.disappears(mark)
        }
        #expect(gone)
        #expect(ConfinedResult.recovered(from: stage.spool) == nil)
        #expect(access(stage.spool + "/status.json", F_OK) != 0)
    }

    @Test("a call that finished is found after the engine died", arguments: Layers.all)
    func engineDiesLater(_ layer: SandboxLayer) async throws {
        let stage = try Stage()
        let found = try await BlockingThread.value {
            let pid = try engine(stage, layer, "echo effect >> effects; echo said; exit 5")
            defer { killGroup(pid) }
            return Self.appears(stage.spool + "/status.json")
        }
        #expect(found)
        let result = try #require(ConfinedResult.recovered(from: stage.spool))
        #expect(result.exit == 5 && stage.output == "said\n")
        #expect(result.toolResult(ConfinedResult.output(in: stage.spool)).exitStatus == 5)
        // The spool of a finished call is never run into again.
        await #expect(throws: Fault.self) {
            try await Layers.sandbox(layer).run(stage.command("echo effect >> effects"))
        }
        #expect(try stage.folder.read("work/effects") == "effect\n")
        #expect(ConfinedResult.recovered(from: stage.spool) == result)
    }

    @Test("the session's lock is held while anything of the command lives", arguments: Layers.all)
    func lock(_ layer: SandboxLayer) async throws {
        let stage = try Stage()
        let path = try stage.folder.write("lock", "")
        let held = open(path, O_RDWR | O_CLOEXEC)
        #expect(csandbox_flock(held, 1) == 0)
        var command = stage.command("echo x > running; while [ -e running ]; do sleep 0.01; done")
        command.lockFD = held
        let sandbox = try Layers.sandbox(layer)
        async let result = sandbox.run(command)
        let running = try await BlockingThread.value { Self.appears(stage.workspace + "/running") }
        #expect(running)
        // The engine dies: its descriptor closes, and yet the lock stays.
        close(held)
        let other = open(path, O_RDWR | O_CLOEXEC)
        defer { close(other) }
        #expect(csandbox_flock(other, 1) == EWOULDBLOCK)
        unlink(stage.workspace + "/running")
        _ = try await result
        #expect(csandbox_flock(other, 1) == 0)
    }

    @Test("cancelling is answered, and nothing is left", arguments: Layers.all)
    func cancel(_ layer: SandboxLayer) async throws {
        let stage = try Stage()
        let mark = Mark()
        let sandbox = try Layers.sandbox(layer)
        let command = stage.command("setsid \(mark.sleeper) & echo x > running; \(mark.sleeper)")
        let running = Task { try await sandbox.run(command) }
        _ = try await BlockingThread.value { Self.appears(stage.workspace + "/running") }
        running.cancel()
        let result = try await running.value
        #expect(result.cancelled && !result.timedOut)
        #expect(mark.alive == 0)
        #expect(ConfinedResult.recovered(from: stage.spool) == result)
    }

    @Test("cancelled at any instant, no process is left", arguments: Layers.all)
    func cancelAtRandom(_ layer: SandboxLayer) async throws {
        let mark = Mark()
        let sandbox = try Layers.sandbox(layer)
        var random = SystemRandomNumberGenerator()
        for _ in 0..<12 {
            let stage = try Stage()
            let command = stage.command("setsid \(mark.sleeper) & (\(mark.sleeper) &) ; \(mark.sleeper)")
            let running = Task { try await sandbox.run(command) }
            let pause = Int32.random(in: 0...60, using: &random)
            _ = try await BlockingThread.value { poll(nil, 0, pause) }
            running.cancel()
            let result = try await running.value
            #expect(result.cancelled)
            #expect(mark.alive == 0)
        }
    }
}
