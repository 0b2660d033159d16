import AgentOSCore
import CSandbox
import FoundationEssentials
import Glibc
import TestSupport
import Testing

@testable import Tools

/// A workspace, a spool and a world outside of both.
struct Stage {
    let folder: TemporaryFolder
    var workspace: String { folder.file("work") }
    var spool: String { folder.file(spoolName) }
    private let spoolName: String

    /// Another call in the same workspace.
    init(folder: TemporaryFolder, spoolName: String) { (self.folder, self.spoolName) = (folder, spoolName) }

    init() throws {
        (folder, spoolName) = (try TemporaryFolder(), "spool")
        try folder.write("work/kept", "kept\n")
        try folder.write("outside/secret", "the secret\n")
    }

    func command(_ shell: String, _ limits: ConfinedLimits = ConfinedLimits()) -> ConfinedCommand {
        ConfinedCommand(shell: shell, workspace: workspace, spool: spool, limits: limits)
    }

    var output: String { String(decoding: ConfinedResult.output(in: spool), as: UTF8.self) }
}

@Suite("INV-6: what is confined stays inside, and ends whole", .serialized)
struct ConfinementTests {
    @Test("a command runs in its workspace and its exit code is told", arguments: Layers.all)
    func runs(_ layer: SandboxLayer) async throws {
        let stage = try Stage()
        let heard = Heard()
        let result = try await Layers.sandbox(layer).run(
            stage.command("pwd; cat kept; echo oops >&2; echo made > made; exit 3"), onOutput: heard.add)
        #expect(result.exit == 3 && result.signal == nil && !result.timedOut && !result.cancelled)
        #expect(result.layer == layer)
        #expect(stage.output.hasSuffix("/work\nkept\noops\n"))
        #expect(heard.text == stage.output)
        #expect(try stage.folder.read("work/made") == "made\n")
        #expect(ConfinedResult.recovered(from: stage.spool) == result)
    }

    @Test("nothing outside is read, written, reached or inherited", arguments: Layers.all)
    func escapes(_ layer: SandboxLayer) async throws {
        let stage = try Stage()
        let outside = stage.folder.file("outside")
        try stage.folder.write("work/.git/config", "[core]\n")
        try stage.folder.write("work/.git/hooks/post", "x\n")
        setenv("AGENTOS_TEST_SECRET", "the secret", 1)
        defer { unsetenv("AGENTOS_TEST_SECRET") }
        let attempts = """
            cat \(outside)/secret; ln -s \(outside)/secret link; cat link; env
            echo x > \(outside)/written; cp kept \(outside)/copied; rm -f \(outside)/secret
            cat /etc/shadow; cat /proc/\(getpid())/environ; ls \(outside); ls /root/.ssh
            mount -t tmpfs none /mnt; unshare -Ur true && echo unshared
            echo end
            """
        let result = try await Layers.sandbox(layer).run(stage.command(attempts))
        #expect(result.exit == 0)
        #expect(stage.output.hasSuffix("end\n"))
        #expect(!stage.output.contains("the secret"))
        #expect(!stage.output.contains("unshared") && !stage.output.contains("root:"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: outside) == ["secret"])
    }

    @Test("hooks and configuration that exist are read-only")
    func protects() async throws {
        try #require(
            Layers.all.contains(.bubblewrap), "bubblewrap is not installed: sudo apt-get install bubblewrap")
        let stage = try Stage()
        try stage.folder.write("work/.git/config", "[core]\n")
        try stage.folder.write("work/deep/er/.git/hooks/post", "x\n")
        try stage.folder.write("work/.envrc", "x\n")
        let attack = """
            echo y > .git/config; echo y > deep/er/.git/hooks/post; echo y > deep/er/.git/hooks/new; echo y > .envrc
            mv .git .moved; rm -rf .git .envrc; echo objects > .git/free; echo fine > deep/er/free
            """
        _ = try await Layers.sandbox(.bubblewrap).run(stage.command(attack))
        #expect(try stage.folder.read("work/.git/config") == "[core]\n")
        #expect(try stage.folder.read("work/deep/er/.git/hooks/post") == "x\n")
        #expect(try stage.folder.read("work/.envrc") == "x\n")
        #expect(access(stage.folder.file("work/deep/er/.git/hooks/new"), F_OK) != 0)
        #expect(try stage.folder.read("work/deep/er/free") == "fine\n")
        #expect(try stage.folder.read("work/.git/free") == "objects\n")
    }

    @Test("what was left running ends with the shell", arguments: Layers.all)
    func daemons(_ layer: SandboxLayer) async throws {
        let stage = try Stage()
        let mark = Mark()
        let shell = """
            setsid \(mark.sleeper) & (\(mark.sleeper) &) ; (setsid sh -c "trap '' TERM HUP; \(mark.sleeper)" &)
            nohup \(mark.sleeper) >/dev/null 2>&1 & echo started
            """
        let result = try await Layers.sandbox(layer).run(stage.command(shell))
        #expect(result.exit == 0 && stage.output.hasSuffix("started\n"))
        #expect(mark.alive == 0)
    }

    @Test("a command that ignores TERM is killed at its time", arguments: Layers.all)
    func stubborn(_ layer: SandboxLayer) async throws {
        let stage = try Stage()
        let mark = Mark()
        let shell = "trap '' TERM INT HUP; while :; do \(mark.sleeper); done"
        let result = try await Layers.sandbox(layer).run(
            stage.command(shell, ConfinedLimits(timeoutMilliseconds: 5000)))
        #expect(result.timedOut && !result.cancelled && result.signal == 9 && result.exit == nil)
        #expect(mark.alive == 0)
    }

    @Test("a command that obeys TERM has its time to tidy up", arguments: Layers.all)
    func obedient(_ layer: SandboxLayer) async throws {
        let stage = try Stage()
        let shell = "trap 'echo tidy > tidy; exit 7' TERM; sleep 300 & wait"
        let result = try await Layers.sandbox(layer).run(
            stage.command(shell, ConfinedLimits(timeoutMilliseconds: 5000)))
        #expect(result.timedOut && result.exit == 7)
        #expect(try stage.folder.read("work/tidy") == "tidy\n")
    }

    @Test("100 MB of output are counted, and the first and last of it kept", arguments: Layers.all)
    func flood(_ layer: SandboxLayer) async throws {
        let stage = try Stage()
        let shell = "echo first; head -c 100000000 /dev/zero; printf '\\033[2J\\377last'"
        let result = try await Layers.sandbox(layer).run(
            stage.command(shell, ConfinedLimits(outputBytes: 100_000)))
        #expect(
            result.totalBytes == 100_000_000 + 6 + 9 && result.keptBytes == 100_000
                && result.headBytes == 50_000)
        let bytes = ConfinedResult.output(in: stage.spool)
        #expect(bytes.count == 100_000)
        #expect(
            bytes.starts(with: Array("first\n".utf8))
                && bytes.suffix(5).elementsEqual([255] + Array("last".utf8)))
        let text = result.toolResult(bytes).text
        #expect(
            text.utf8.count < 2000 && text.contains("of 100000015 bytes are not shown")
                && !text.contains("\0"))
    }

    @Test("limits on processes, memory and file size hold", arguments: Layers.all)
    func limits(_ layer: SandboxLayer) async throws {
        let stage = try Stage()
        let mark = Mark()
        // A crowd of a bounded size: the limit is what is tested, not the machine.
        let crowd =
            "i=0; while [ $i -lt 120 ]; do sleep 300 & i=$((i+1)); done; echo all; : \(mark.word); wait"
        let many = try await Layers.sandbox(layer).run(stage.command(crowd, ConfinedLimits(processes: 40)))
        #expect(many.stopped == "processes" || (many.exit ?? 0) != 0)
        #expect(!stage.output.contains("all") && mark.alive == 0)

        let second = try Stage()
        let hungry = "x=$(head -c 200000000 /dev/zero | tr '\\0' a); sleep 300"
        let fat = try await Layers.sandbox(layer).run(
            second.command(hungry, ConfinedLimits(timeoutMilliseconds: 240_000, memoryBytes: 60 << 20)))
        #expect(fat.stopped == "memory" || fat.exit != 0)
        #expect(!fat.timedOut)

        let third = try Stage()
        let filling = "head -c 5000000 /dev/zero > big; ls -n big"
        _ = try await Layers.sandbox(layer).run(third.command(filling, ConfinedLimits(fileBytes: 1_000_000)))
        #expect(third.output.contains(" 1000000 "))
    }

    @Test("a granted network is there, another is not", arguments: Layers.all)
    func network(_ layer: SandboxLayer) async throws {
        try #require(access("/bin/bash", X_OK) == 0, "the attempt needs bash")
        for granted in [false, true] {
            let stage = try Stage()
            var port: UInt16 = 0
            let listener = csandbox_listen(&port)
            defer { close(listener) }
            var command = stage.command("bash -c 'echo > /dev/tcp/127.0.0.1/\(port)' && echo connected")
            command.network = granted
            _ = try await Layers.sandbox(layer).run(command)
            #expect((csandbox_was_connected(listener) != 0) == granted)
            #expect(stage.output.contains("connected") == granted)
        }
    }

    @Test("a read root can be read and not written", arguments: Layers.all)
    func readRoots(_ layer: SandboxLayer) async throws {
        let stage = try Stage()
        var command = stage.command(
            "cat \(stage.folder.file("outside"))/secret; echo x > \(stage.folder.file("outside"))/new")
        command.readRoots = [stage.folder.file("outside"), stage.folder.file("absent")]
        command.environment = ["PATH": "/usr/bin:/bin", "WORD": "a b=c"]
        command.shell += "; echo \"$WORD\""
        _ = try await Layers.sandbox(layer).run(command)
        #expect(stage.output.contains("the secret") && stage.output.contains("a b=c\n"))
        #expect(access(stage.folder.file("outside/new"), F_OK) != 0)
    }

    @Test("the probe passes where the layer holds", arguments: Layers.all)
    func probe(_ layer: SandboxLayer) async throws {
        let folder = try TemporaryFolder()
        let choice = await Sandbox.choose(
            helperPath: try ConfiningHelper.path.get(), preferred: layer, scratch: folder.path)
        #expect(choice.sandbox?.layer == layer, "\(choice.probes)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    }

    @Test("a layer that does not confine is refused, and the refusal says what to do")
    func refusal() async throws {
        let folder = try TemporaryFolder()
        // A program that says it ran and ran nothing.
        let choice = await Sandbox.choose(helperPath: "/bin/true", scratch: folder.path)
        #expect(choice.sandbox == nil && choice.probes.count == 2)
        let fault = #expect(throws: Fault.self) { try choice.get() }
        #expect(fault?.code == .refused && fault?.hint != nil)
    }
}
