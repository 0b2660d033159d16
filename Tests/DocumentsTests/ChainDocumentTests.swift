import AgentOSCore
import TestSupport
import Testing

@testable import Documents

@Suite("Chain files")
struct ChainDocumentTests {
    private func read(_ chain: String, _ files: [String: String] = [:], set: [String: String] = [:]) throws
        -> ChainConfig
    {
        let folder = try TemporaryFolder()
        try folder.write("chain.yaml", chain)
        try folder.write("s.yaml", "goal: Do it.\n")
        for (name, text) in files { try folder.write(name, text) }
        return try ChainDocument.read(path: folder.file("chain.yaml"), set: set, environment: [:])
    }

    /// The faults, files without their folder.
    private func faults(_ chain: String, _ files: [String: String] = [:]) throws -> [String] {
        do {
            _ = try read(chain, files)
            return []
        } catch let faults as DocumentFaults {
            return faults.faults.map { fault in
                let place = fault.file.split(separator: "/").last.map(String.init) ?? ""
                return "\(place):\(fault.line ?? 0): \(fault.key): \(fault.message)"
            }
        }
    }

    @Test("Every key of a step is read, with the files that it names")
    func everything() throws {
        let config = try read(
            """
            name: release
            budget: 3.00
            steps:
              plan: {session: plan.yaml, outputs: {file: plan.json, schema: plan.schema.json}}
              build: {session: s.yaml, needs: [plan], workspace: {from: plan}, retry: {times: 2, backoff: 5s}, timeout: 10m}
              test: {session: s.yaml, needs: build, workspace: {from: [build]}, each: {target: [linux, musl]}, parallel: 2}
              report: {session: s.yaml, needs: [test], wait: any, when: "test.passed", on_failure: continue}
            """,
            [
                "plan.yaml": "goal: Plan ${set.what} for ${each.x} $HOME.\n".replacing(
                    "${each.x} ", with: ""),
                "plan.schema.json": "{\"type\":\"object\"}",
            ], set: ["what": "it"])
        #expect(config.name == "release")
        #expect(config.budget == Money("3.00"))
        #expect(config.steps.map(\.name) == ["plan", "build", "test", "report"])
        #expect(config.steps[0].session.goal == "Plan it for $HOME.")
        #expect(config.steps[0].session.name == "plan")
        #expect(config.steps[0].outputs == StepOutputs(file: "plan.json", schema: ["type": "object"]))
        #expect(config.steps[1].retry == StepRetry(times: 2, backoff: 5000))
        #expect(config.steps[1].timeout == 600_000)
        #expect(config.steps[2].needs == ["build"] && config.steps[2].from == ["build"])
        #expect(config.steps[2].each == [EachAxis("target", ["linux", "musl"])])
        #expect(config.steps[3].wait == .any && config.steps[3].onFailure == .continue)
        #expect(config.steps[3].when == .result("test", .passed))
    }

    @Test("A session's own file may say whose files it goes on with")
    func from() throws {
        let config = try read(
            "steps:\n  a: {session: s.yaml}\n  b: {session: b.yaml}\n",
            ["b.yaml": "goal: Go on.\nworkspace: {from: a}\n"])
        #expect(config.steps[1].from == ["a"])
        #expect(config.steps[1].session.workspace == .empty)
    }

    @Test("What cannot be run is told with file, line and key")
    func broken() throws {
        #expect(
            try faults("steps:\n  a: {session: s.yaml, needs: [b]}\n  b: {session: s.yaml, needs: [a]}\n")
                == [
                    "chain.yaml:2: steps.a.needs: a cycle: a needs b needs a"
                ])
        #expect(
            try faults(
                "steps:\n  build: {session: s.yaml}\n  test:\n    session: s.yaml\n    needs:\n      - biuld\n"
            ) == [
                "chain.yaml:6: steps.test.needs[0]: there is no step \"biuld\""
            ])
        #expect(
            try faults(
                "steps:\n  a: {session: s.yaml}\n  b: {session: s.yaml, needs: [a], when: a.passed and a.failed}\n"
            )
                == ["chain.yaml:3: steps.b.when: it is never so, and b would never run"])
        #expect(
            try faults("steps:\n  a: {session: s.yaml, when: perhaps}\n") == [
                "chain.yaml:2: steps.a.when: \"perhaps\" is no condition"
            ])
        #expect(
            try faults("steps:\n  a: {sesion: s.yaml}\n").first?.contains("steps.a.sesion: unknown key")
                == true)
        #expect(
            try faults("steps:\n  a: {session: none.yaml}\n").first?.contains("cannot read it") == true)
        #expect(
            try faults("steps:\n  a: {session: bad.yaml}\n", ["bad.yaml": "goal: x\nmodle: y\n"]) == [
                "bad.yaml:2: modle: unknown key"
            ])
        #expect(
            try faults("steps:\n  a: {session: e.yaml}\n", ["e.yaml": "goal: |\n  one\n  ${each.os}\n"]) == [
                "e.yaml:3: : ${each.os} has no value in step a"
            ])
        #expect(
            try faults("steps:\n  a: {session: s.yaml, outputs: {file: ../x.json}}\n") == [
                "chain.yaml:2: steps.a.outputs.file: outside the workspace"
            ])
        #expect(try faults("name: x\n") == ["chain.yaml:1: steps: missing"])
    }

    @Test("Any bytes end in a chain or in faults")
    func fuzz() throws {
        let text =
            "steps:\n  a: {session: s.yaml, needs: [b], when: \"b.passed\", each: {x: [1, 2]}}\n  b: {session: s.yaml}\n"
        var seed: UInt64 = 11
        for _ in 0..<400 {
            var bytes = Array(text.utf8)
            for _ in 0..<3 {
                seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                bytes[Int(seed >> 33) % bytes.count] = UInt8(truncatingIfNeeded: seed >> 20)
            }
            do throws(DocumentFaults) {
                _ = try ChainDocument.parse(bytes, path: "/nowhere/chain.yaml")
            } catch { #expect(!error.faults.isEmpty) }
        }
    }
}
