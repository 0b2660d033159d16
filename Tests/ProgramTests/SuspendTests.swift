import FoundationEssentials
import TestSupport
import Testing

/// Ctrl-Z and `fg` under a shell that controls jobs.
@Suite(.serialized) struct SuspendTests {
    private static let shells: [(path: String, words: [String])] = [
        ("/bin/bash", ["--norc", "--noprofile", "--noediting", "-i"]), ("/bin/sh", ["-i", "-m"]),
    ].filter { FileManager.default.isExecutableFile(atPath: $0.path) }

    /// A terminal as a shell uses it: lines edited, the main screen, the cursor shown.
    private static func isGivenBack(_ shell: PseudoTerminal) -> Bool {
        shell.isCooked && !shell.terminal.isAlternate && shell.terminal.isCursorShown
    }

    @Test(arguments: shells.indices)
    func theShellGetsItsTerminalAndTheConsoleItsOwnAgain(index: Int) async throws {
        let folder = try TemporaryFolder()
        try folder.write("config.yaml", "")
        let (path, words) = Self.shells[index]
        let shell = try PseudoTerminal(
            path, words,
            environment: [
                "HOME": folder.path, "TZ": "UTC", "PS1": "shell$ ", "AGENTOS_HOME": folder.file("home"),
                "AGENTOS_CONFIG": folder.file("config.yaml"),
            ])
        try await shell.wait(for: "shell$")
        shell.send("'\(ChildProgram.path)'\n")
        try await shell.wait(for: "Nothing waits for you.")
        #expect(!shell.isCooked && shell.terminal.isAlternate)
        for round in 1...2 {
            shell.send("\u{1A}")
            // The shell's own word on the job it has stopped, and an answer that only a living shell gives.
            try await shell.wait { !$0.isAlternate && $0.text.contains("topped") }
            shell.send("echo round $((\(round) + 10))\n")
            try await shell.wait(for: "round \(round + 10)\n")
            #expect(Self.isGivenBack(shell), "round \(round)")
            shell.send("fg\n")
            try await shell.wait { $0.isAlternate && $0.text.contains("Nothing waits for you.") }
            #expect(!shell.isCooked)
        }
        shell.send("2")
        try await shell.wait(for: "[2 Sessions]")
        shell.send("q")
        try await shell.wait { !$0.isAlternate }
        shell.send("echo left with $?\n")
        try await shell.wait(for: "left with 0")
        shell.send("exit\n")
        _ = try await shell.exitStatus()
        #expect(Self.isGivenBack(shell))
    }
}
