import AgentOSCore
import FoundationEssentials
import Glibc
import TestSupport
import Testing

@testable import Tools

@Suite("the file tools: only in the workspace, and every answer says what to do", .serialized)
struct FileToolTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try folder.write("work/a.txt", "one\ntwo\nthree\n")
        try folder.write("outside/secret", "the secret\n")
    }

    private func call(_ name: String, _ arguments: JSONValue) async throws -> ToolResult {
        let tools = try ToolSet(names: ToolSet.names)
        let context = ToolContext(workspace: folder.file("work"), sandbox: nil, spool: folder.file("spool"))
        return await tools.run(ToolCall(id: "1", name: name, arguments: arguments), in: context)
    }

    @Test("read gives the file, a range of it, or says why not")
    func read() async throws {
        #expect(try await call("read", ["path": "a.txt"]).text == "one\ntwo\nthree\n")
        #expect(
            try await call("read", ["path": "./a.txt", "start": 2, "end": 2]).text
                == "[lines 2–2 of 3]\ntwo\n")
        #expect(try await call("read", ["path": .string(folder.file("work/a.txt"))]).isError == false)
        let late = try await call("read", ["path": "a.txt", "start": 9])
        #expect(late.isError && late.text == "`a.txt` has 3 lines; `start` is 9.")
        let absent = try await call("read", ["path": "b.txt"])
        #expect(absent.isError && absent.text.contains("`list`"))
        #expect(try await call("read", ["path": "."]).text.contains("`list`"))
    }

    @Test("a long file comes in parts, a binary or huge one not at all")
    func large() async throws {
        let lines = (1...5000).map { "line \($0) with some words" }
        try folder.write("work/long", lines.joined(separator: "\n"))
        var seen = 0
        var start = 1
        while start <= 5000 {
            let text = try await call("read", ["path": "long", "start": .int(Int64(start))]).text
            #expect(text.utf8.count <= ToolText.cap + 100)
            let body = text.split(separator: "\n").dropFirst()
            #expect(body.first.map(String.init) == lines[start - 1])
            seen += body.count
            start += body.count
        }
        #expect(seen == 5000)
        try folder.write("work/bytes", "a\0b")
        #expect(try await call("read", ["path": "bytes"]).text.contains("binary file of 3 bytes"))
        #expect(truncate(folder.file("work/bytes"), 1 << 33) == 0)
        #expect(try await call("read", ["path": "bytes"]).isError)
        try folder.write("work/wide", String(repeating: "é", count: 40_000))
        #expect(try await call("read", ["path": "wide"]).text.hasPrefix("[line 1 of 1 has 80000 bytes"))
    }

    @Test(
        "no tool follows a link out, or a path",
        arguments: [
            "link", "folder/secret", "../outside/secret", "deep/../../outside/secret", "/etc/passwd", "chain",
            "/proc/self/root/etc/passwd",
        ])
    func escapes(_ path: String) async throws {
        symlink(folder.file("outside/secret"), folder.file("work/link"))
        symlink("../outside", folder.file("work/folder"))
        symlink("link", folder.file("work/chain"))
        mkdir(folder.file("work/deep"), 0o755)
        for (name, arguments) in [
            ("read", ["path": .string(path)]), ("write", ["path": .string(path), "content": "x"]),
            ("edit", ["path": .string(path), "old": "the secret", "new": "x"]),
            ("list", ["path": .string(path)]),
            ("search", ["path": .string(path), "pattern": "secret"]),
        ] as [(String, JSONValue)] {
            let result = try await call(name, arguments)
            #expect(result.isError, "\(name) \(path)")
            #expect(!result.text.contains("the secret"))
        }
        #expect(try folder.read("outside/secret") == "the secret\n")
        #expect(try await !call("search", ["pattern": "the secret"]).text.contains("the secret"))
        #expect(try await !call("list", ["depth": 5]).text.contains("/secret  "))
    }

    @Test("a link inside is read, and a fifo does not block")
    func links() async throws {
        symlink("a.txt", folder.file("work/inner"))
        mkfifo(folder.file("work/fifo"), 0o600)
        #expect(try await call("read", ["path": "inner"]).text == "one\ntwo\nthree\n")
        #expect(try await call("write", ["path": "inner", "content": "x"]).isError)
        #expect(try folder.read("work/a.txt") == "one\ntwo\nthree\n")
        #expect(try await call("read", ["path": "fifo"]).isError)
        #expect(try await call("search", ["pattern": "x", "path": "fifo"]).text.contains("Nothing found"))
    }

    @Test("write makes folders, keeps the mode and leaves no draft")
    func write() async throws {
        #expect(
            try await call("write", ["path": "new/deep/b.sh", "content": "echo\n"]).text
                == "Made `new/deep/b.sh`: 1 line, 5 bytes.")
        chmod(folder.file("work/new/deep/b.sh"), 0o755)
        #expect(
            try await call("write", ["path": "new/deep/b.sh", "content": "true\n"]).text.hasPrefix("Replaced")
        )
        var info = stat()
        stat(folder.file("work/new/deep/b.sh"), &info)
        #expect(info.st_mode & 0o777 == 0o755)
        #expect(try folder.read("work/new/deep/b.sh") == "true\n")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.file("work/new/deep")) == ["b.sh"])
        #expect(try await call("write", ["path": "new", "content": ""]).isError)
        #expect(
            try await call("write", ["path": "a.txt/b", "content": ""]).text.contains(
                "is a file, not a folder"))
    }

    @Test(
        "what runs by itself elsewhere is protected",
        arguments: [
            ".git/hooks/pre-commit", ".git/config", ".git", "x/.git/modules/y/hooks/z", ".envrc",
            ".claude/settings.json", ".VSCODE/tasks.json",
        ])
    func protected(_ path: String) async throws {
        #expect(
            try await call("write", ["path": .string(path), "content": "x"]).text.contains("is protected"))
    }

    @Test("edit is exact, and helps where it is not")
    func edit() async throws {
        #expect(
            try await call("edit", ["path": "a.txt", "old": "two\n", "new": "2\n"]).text
                == "Edited `a.txt` at line 2.")
        #expect(try folder.read("work/a.txt") == "one\n2\nthree\n")
        try folder.write("work/b.txt", "func f() {\n\treturn 1\n}\nx\nx\n")
        let twice = try await call("edit", ["path": "b.txt", "old": "x", "new": "y"])
        #expect(twice.isError && twice.text.contains("2 times") && twice.text.contains("lines 4, 5"))
        #expect(
            try await call("edit", ["path": "b.txt", "old": "x", "new": "y", "all": true]).text.contains(
                "in 2 places"))
        let spaces = try await call(
            "edit", ["path": "b.txt", "old": "func f() {\n    return 1\n}", "new": ""])
        #expect(spaces.text.contains("spaces alone") && spaces.text.contains("lines 1–3"))
        let near = try await call("edit", ["path": "b.txt", "old": "\treturn 12", "new": ""])
        #expect(near.text.contains("The nearest text is at lines 2–2:\n\treturn 1"))
        #expect(
            try await call("edit", ["path": "b.txt", "old": "zzzzzzz", "new": ""]).text.contains(
                "Nothing in it is alike"))
        #expect(try await call("edit", ["path": "b.txt", "old": "", "new": "z"]).isError)
        #expect(try await call("edit", ["path": "b.txt", "old": "y", "new": "y"]).isError)
        try folder.write("work/c.txt", "a\r\nb\r\n")
        #expect(
            try await call("edit", ["path": "c.txt", "old": "a\nb\n", "new": ""]).text.contains("\\r\\n"))
        #expect(try folder.read("work/c.txt") == "a\r\nb\r\n")
    }

    @Test("list and search find what is there")
    func find() async throws {
        try folder.write("work/src/deep/x.swift", "let answer = 42\n// Answer\n")
        try folder.write("work/src/y.c", "int answer;\n")
        try folder.write("work/.git/x.swift", "answer\n")
        symlink("a.txt", folder.file("work/inner"))
        #expect(try await call("list", [:]).text == ".git/\na.txt  14\ninner -> a.txt\nsrc/")
        #expect(
            try await call("list", ["path": "src", "depth": 2]).text == "deep/\ndeep/x.swift  26\ny.c  12")
        #expect(
            try await call("search", ["pattern": "answer"]).text
                == "src/deep/x.swift:1: let answer = 42\nsrc/y.c:1: int answer;")
        #expect(
            try await call("search", ["pattern": "(?i)^// ANSWER$"]).text == "src/deep/x.swift:2: // Answer")
        #expect(
            try await call("search", ["pattern": "answer", "glob": "*.c"]).text == "src/y.c:1: int answer;")
        #expect(
            try await call("search", ["pattern": "answer", "glob": "src/**/*.swift"]).text.hasPrefix(
                "src/deep/x.swift"))
        #expect(try await call("search", ["pattern": "two", "path": "a.txt"]).text == "a.txt:2: two")
        let broken = try await call("search", ["pattern": "a(b"])
        #expect(broken.isError && broken.text.contains("a `(` without its `)`"))
        try folder.write("work/many", String(repeating: "answer\n", count: 5000))
        #expect(
            try await call("search", ["pattern": "answer", "path": "many"]).text.contains("there may be more")
        )
    }

    @Test(
        "wrong arguments are told, all at once",
        arguments: [
            ("read", [:], "`path` is missing"), ("read", ["path": 3], "`path` must be a string"),
            ("read", ["path": "a.txt", "stat": 1], "`stat` is unknown (did you mean `start`?)"),
            ("read", ["path": "a.txt", "start": "2"], "`start` must be an integer"),
            ("read", "a.txt", "must be a JSON object"),
            ("edit", ["path": "a.txt"], "`old` is missing; `new` is missing"),
            ("red", [:], "Did you mean `read`?"),
            ("read", ["path": ""], "must not be empty"), ("list", ["depth": 99], "from 1 to 10"),
            ("shell", ["command": "true"], "no sandbox works"),
            ("ask", ["question": "why?"], "Nobody can be asked"),
        ] as [(String, JSONValue, String)])
    func wrong(_ name: String, _ arguments: JSONValue, _ part: String) async throws {
        let result = try await call(name, arguments)
        #expect(result.isError)
        #expect(result.text.contains(part), "\(result.text)")
    }

    @Test("an unknown tool in a session file is a fault with a suggestion")
    func unknown() {
        let fault = #expect(throws: Fault.self) { try ToolSet(names: ["read", "serach"]) }
        #expect(fault?.code == .usage && fault?.hint == "did you mean `search`?")
    }

    @Test("shell answers with output, exit code and layer", arguments: Layers.all)
    func shell(_ layer: SandboxLayer) async throws {
        let context = ToolContext(
            workspace: folder.file("work"), sandbox: try Layers.sandbox(layer), spool: folder.file("spool"))
        let good = await ShellTool().run(["command": "cat a.txt"], in: context)
        #expect(good.text == "one\ntwo\nthree\n" && !good.isError && good.exitStatus == 0)
        #expect(good.layer == layer.description && good.totalBytes == 14)
        var second = context
        second.spool = folder.file("spool2")
        let bad = await ShellTool().run(["command": "printf 'a\\0\\033[31m\\377'; exit 4"], in: second)
        #expect(
            bad.text == "a\u{FFFD}\u{1B}[31m\u{FFFD}\n[exit code 4]" && bad.isError && bad.exitStatus == 4)
        second.spool = folder.file("spool3")
        let late = await ShellTool().run(["command": "sleep 100", "timeout": 1], in: second)
        #expect(late.isError && late.text.contains("its time was up"))
        #expect(ShellTool().effect(of: [:], network: false) == .confined)
        #expect(ShellTool().effect(of: [:], network: true) == .outside)
    }
}
