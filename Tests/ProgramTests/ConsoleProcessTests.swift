import AgentOSCore
import FoundationEssentials
import Glibc
import TestSupport
import Testing

/// The console as a process on a terminal: what stays when the person, or the terminal, goes.
@Suite(.serialized) struct ConsoleProcessTests {
    private static func console(_ folder: TemporaryFolder, _ words: [String] = []) throws -> PseudoTerminal {
        if !FileManager.default.fileExists(atPath: folder.file("config.yaml")) {
            try folder.write("config.yaml", "")
        }
        return try PseudoTerminal(
            ChildProgram.path, words,
            environment: [
                "HOME": folder.path, "TZ": "UTC", "AGENTOS_HOME": folder.file("home"),
                "AGENTOS_CONFIG": folder.file("config.yaml"),
            ])
    }

    /// Runs a command that must succeed.
    private static func succeed(_ words: [String], _ folder: TemporaryFolder) throws {
        let ended = try ChildProgram.run(words, folder: folder)
        #expect(ended.code == 0, "\(words): \(ended.err)")
    }

    /// A session that works for as long as nobody ends it.
    private static func endless(_ folder: TemporaryFolder) throws {
        try folder.write(
            "config.yaml",
            "providers: {play: {kind: rehearsal, file: replies.jsonl}}\nmodels: {default: [play/any]}\n")
        // Detaching waits for the call that runs, so each is short.
        let replies = (0..<1000).map {
            #"{"tool_calls":[{"name":"shell","arguments":{"command":"sleep 2; echo \#($0)"}}]}"#
        }
        try folder.write("replies.jsonl", replies.joined(separator: "\n") + "\n")
        try folder.write("long.yaml", "name: long\ngoal: wait\nlimits: {time: 1h}\n")
    }

    @Test func qLeavesAnIdleConsoleAndItsTerminalCooked() async throws {
        let folder = try TemporaryFolder()
        let console = try Self.console(folder)
        try await console.wait(for: "Nothing waits for you.")
        console.send("q")
        let code = try await console.exitStatus()
        #expect(code == 0)
        #expect(console.isCooked)
        #expect(access(folder.file("home/host.sock"), F_OK) != 0)
    }

    @Test(arguments: [(SIGTERM, 0), (SIGINT, 130), (SIGQUIT, 131)] as [(Int32, Int32)])
    func anIdleConsoleEndsWithASignal(signal: Int32, code: Int32) async throws {
        let folder = try TemporaryFolder()
        let console = try Self.console(folder)
        try await console.wait(for: "Nothing waits for you.")
        console.signal(signal)
        let ended = try await console.exitStatus()
        #expect(ended == code)
        #expect(console.isCooked)
    }

    /// A crash of any kind leaves the terminal as a shell needs it, and still ends as that crash.
    @Test(arguments: [SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE, SIGABRT] as [Int32])
    func aCrashLeavesTheTerminalCooked(signal: Int32) async throws {
        let folder = try TemporaryFolder()
        let console = try Self.console(folder)
        try await console.wait(for: "Nothing waits for you.")
        #expect(!console.isCooked)
        console.signal(signal)
        let ended = try await console.exitStatus()
        #expect(ended == -signal || ended == 128 + signal, "ended with \(ended)")
        #expect(console.isCooked)
    }

    @Test func anIdleConsoleEndsWithItsTerminal() async throws {
        let folder = try TemporaryFolder()
        let console = try Self.console(folder)
        try await console.wait(for: "Nothing waits for you.")
        console.hangUp()
        let code = try await console.exitStatus()
        #expect(code == 0)
    }

    @Test func aConsoleAttachesToTheHostAndLeavesItRunning() async throws {
        let folder = try TemporaryFolder()
        try await onThread { try Self.succeed(["host", "start"], folder) }
        let console = try Self.console(folder, ["attach"])
        try await console.wait(for: "Nothing waits for you.")
        console.send("q")
        let code = try await console.exitStatus()
        #expect(code == 0)
        try await onThread {
            try Self.succeed(["host", "status"], folder)
            try Self.succeed(["host", "stop"], folder)
        }
    }

    @Test func liveWorkGoesOnWhenTheTerminalIsLost() async throws {
        let folder = try TemporaryFolder()
        try Self.endless(folder)
        let console = try Self.console(folder)
        try await console.wait(for: "Nothing waits for you.")
        try await onThread {
            let run = try ChildProgram.run(["session", "run", "long.yaml"], folder: folder)
            #expect(run.code == 0, "\(run.err)")
        }
        try await console.wait(for: "1 run")
        console.hangUp()
        let pid = console.processID
        try await onThread {
            let status = try ChildProgram.run(["host", "status", "--json"], folder: folder)
            #expect(status.json?["pid"] == .int(Int64(pid)), "\(status.err)")
            try Self.succeed(["session", "cancel", "long"], folder)
        }
        let code = try await console.exitStatus()
        #expect(code == 0)
        #expect(try folder.read("home/logs/host.log").contains("the terminal is gone"))
    }

    @Test func detachHandsTheHomeToAHostInTheBackground() async throws {
        let folder = try TemporaryFolder()
        try Self.endless(folder)
        let console = try Self.console(folder)
        try await console.wait(for: "Nothing waits for you.")
        try await onThread {
            try Self.succeed(["session", "run", "long.yaml"], folder)
        }
        try await console.wait(for: "1 run")
        console.send("q")
        try await console.wait(for: "etach")
        console.send("\r")
        let code = try await console.exitStatus()
        #expect(code == 0)
        let pid = console.processID
        try await onThread {
            let status = try ChildProgram.run(["host", "status", "--json"], folder: folder)
            #expect(status.code == 0 && status.json?["pid"] != .int(Int64(pid)), "\(status.err)")
            try Self.succeed(["session", "cancel", "long"], folder)
            try Self.succeed(["host", "stop"], folder)
        }
    }

    /// A console whose session runs a call that waits, on its way out by Detach; the session's workspace too.
    private static func detaching(_ folder: TemporaryFolder) async throws -> PseudoTerminal {
        let console = try console(folder)
        try await console.wait(for: "Nothing waits for you.")
        try await onThread {
            try Self.succeed(["session", "run", "held.yaml"], folder)
            _ = try NoHostTests.workspace(folder)
        }
        try await console.wait(for: "1 run")
        console.send("q")
        try await console.wait(for: "etach")
        console.send("\r")
        try await console.wait(for: "detaching when")
        return console
    }

    @Test func aCallEndedByAPersonWhileDetachingKeepsItsFiles() async throws {
        let folder = try NoHostTests.held()
        let console = try await Self.detaching(folder)
        try await onThread { try Self.succeed(["session", "cancel", "held"], folder) }
        let code = try await console.exitStatus()
        #expect(code == 0)
        try await onThread {
            let workspace = try NoHostTests.workspace(folder)
            #expect(FileManager.default.fileExists(atPath: workspace + "/made"))
            let log = try NoHostTests.run("session log held", folder)
            #expect(!log.out.contains("undone to") && !log.out.contains("again"), "\(log.out)")
            #expect(log.out.contains("A person ended this call"), "\(log.out)")
            try Self.succeed(["host", "stop"], folder)
        }
    }

    /// The terminal goes before the call has ended: its result is in the log all the same, before the next host is.
    @Test func detachingOutlivesTheTerminal() async throws {
        let folder = try NoHostTests.held()
        let console = try await Self.detaching(folder)
        console.hangUp()
        try await onThread {
            let workspace = try NoHostTests.workspace(folder)
            #expect(FileManager.default.createFile(atPath: workspace + "/go", contents: nil))
        }
        let code = try await console.exitStatus()
        #expect(code == 0)
        try await onThread {
            let log = try ChildProgram.run(["session", "log", "held", "--follow"], folder: folder)
            #expect(log.code == 0 && log.out.contains("COMPLETE"), "\(log)")
            #expect(!log.out.contains("undone to"), "\(log.out)")
            try Self.succeed(["host", "stop"], folder)
        }
    }

    /// Whoever does not want to wait for the call ends the program as ever: what runs is checkpointed.
    @Test func aSignalEndsTheWaitingOfDetach() async throws {
        let folder = try NoHostTests.held()
        let console = try await Self.detaching(folder)
        console.signal(SIGINT)
        let code = try await console.exitStatus()
        #expect(code == 130)
        try await onThread {
            #expect(try ChildProgram.run(["host", "status"], folder: folder).code == 5)
            let shown = try ChildProgram.run(["session", "show", "held", "--json"], folder: folder)
            #expect(shown.json?["hosted"] == false && shown.json?["endedAt"] == nil, "\(shown)")
        }
    }
}
