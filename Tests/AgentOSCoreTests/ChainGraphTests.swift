import Testing

@testable import AgentOSCore

func step(
    _ name: String, needs: [String] = [], from: [String] = [], _ change: (inout ChainStep) -> Void = { _ in }
)
    -> ChainStep
{
    var step = ChainStep(name: name, session: SessionConfig(name: name, goal: "do \(name)"))
    (step.needs, step.from) = (needs, from)
    change(&step)
    return step
}

@Suite("Conditions of steps")
struct StepConditionTests {
    @Test(
        "A condition is read, and written with the parentheses that it needs",
        arguments: [
            ("a.passed", "a.passed"),
            ("a.passed and b.failed or c.skipped", "a.passed and b.failed or c.skipped"),
            ("a.passed and (b.failed or c.skipped)", "a.passed and (b.failed or c.skipped)"),
            ("not a.passed", "not a.passed"), ("not (a.passed or b.passed)", "not (a.passed or b.passed)"),
            ("not not a.failed", "not not a.failed"), ("((a.passed))", "a.passed"),
            ("a.passed or b.passed or c.passed", "a.passed or b.passed or c.passed"),
            ("a.passed and (b.passed and c.passed)", "a.passed and (b.passed and c.passed)"),
        ])
    func reads(_ text: String, _ written: String) throws {
        let condition = try StepCondition(parsing: text)
        #expect(condition.description == written)
        #expect(try StepCondition(parsing: condition.description) == condition)
        #expect(try JSONText.decode(StepCondition.self, from: JSONText.string(condition)) == condition)
    }

    @Test(
        "What is no condition says what to write",
        arguments: [
            "", "  ", "a", "a.green", ".passed", "a.passed b.passed", "(a.passed", "a.passed)", "not",
            "and a.passed",
            "a.passed or", "()",
        ])
    func refuses(_ text: String) {
        #expect(throws: StepCondition.Problem.self) { try StepCondition(parsing: text) }
    }

    @Test("not binds tighter than and, and tighter than or")
    func binds() throws {
        let results: [String: StepResult] = ["a": .passed, "b": .failed, "c": .skipped]
        let cases: [(String, Bool)] = [
            ("a.passed", true), ("b.passed", false), ("not b.passed", true), ("open.passed", false),
            ("not open.passed", true), ("b.passed and b.passed or a.passed", true),
            ("a.passed or b.passed and b.passed", true), ("(a.passed or b.passed) and b.passed", false),
            ("not b.passed and c.skipped", true), ("not (b.failed and c.skipped)", false),
        ]
        for (text, holds) in cases {
            #expect(try StepCondition(parsing: text).holds { results[$0] } == holds, "\(text)")
        }
    }

    @Test("Any words end in a condition or in a problem, and deep ones do not end the process")
    func fuzz() throws {
        var random = SplitMix(state: 7)
        let words = [
            "a.passed", "b.failed", "c.skipped", "and", "or", "not", "(", ")", " ", "x", ".", "é.passed",
            "a.b.passed",
        ]
        for _ in 0..<3000 {
            let text = (0..<Int(random.next() % 12)).map { _ in
                words[Int(random.next() % UInt64(words.count))]
            }
            .joined(separator: random.next() % 2 == 0 ? " " : "")
            if let condition = try? StepCondition(parsing: text) {
                #expect(try StepCondition(parsing: condition.description) == condition)
            }
        }
        for text in [String(repeating: "not ", count: 900) + "a.passed", String(repeating: "(", count: 4000)]
        {
            #expect(throws: StepCondition.Problem.self) { try StepCondition(parsing: text) }
        }
    }
}

/// A generator with a fixed seed.
struct SplitMix {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

@Suite("Graphs of steps")
struct ChainGraphTests {
    private func problems(_ steps: ChainStep...) throws -> [String] {
        try ChainGraph(ChainConfig(name: "c", steps: steps)).problems().map {
            "\($0.step ?? "-") \($0.key): \($0.message)"
        }
    }

    @Test("A chain that can be run has no problem")
    func whole() throws {
        let found = try problems(
            step("plan") { $0.outputs = StepOutputs(file: "plan.json") },
            step("build", needs: ["plan"], from: ["plan"]) {
                $0.session.goal = "Build ${plan.output.version}"
            },
            step("test", from: ["build"]) {
                $0.each = [EachAxis("target", ["linux", "musl"])]
                $0.session.goal = "${each.target} ${plan.output.version} ${step.attempt} ${HOME}"
            },
            step("report", needs: ["test"]) { $0.when = .result("test", .passed) })
        #expect(found.isEmpty)
    }

    @Test("What cannot be run is told with its step and key")
    func broken() throws {
        #expect(try problems() == ["- steps: no steps"])
        #expect(try problems(step("a", needs: ["b"])) == ["a needs[0]: there is no step \"b\""])
        #expect(try problems(step("a", needs: ["a"])) == ["a needs[0]: a step cannot come before itself"])
        #expect(try problems(step("a", from: ["x"])) == ["a workspace.from[0]: there is no step \"x\""])
        #expect(
            try problems(step("a", needs: ["c"]), step("b", needs: ["a"]), step("c", from: ["b"])) == [
                "a needs: a cycle: a needs c needs b needs a"
            ])
        #expect(try problems(step("a") { $0.parallel = 2 }) == ["a parallel: parallel without each"])
        #expect(
            try problems(step("a") { $0.each = [EachAxis("t", [])] }) == ["a each.t: no values"])
        #expect(
            try problems(step("a"), step("b") { $0.when = .result("a", .passed) })
                == ["b when: a does not come before b"])
        #expect(
            try problems(step("a") { $0.session.goal = "${each.os}" }) == [
                "a session: ${each.os} has no value"
            ])
        #expect(
            try problems(step("a"), step("b", needs: ["a"]) { $0.session.goal = "${a.output.x}" })
                == ["b session: ${a.output.x}: a has no outputs"])
        #expect(try problems(step("and")) == ["and : and is a word of the language"])
        #expect(
            try problems(step("a") { $0.each = [EachAxis("n", (0..<1001).map(String.init))] })
                == ["- steps: more than 1000 sessions"])
    }

    @Test("A step whose condition no run can meet is unreachable")
    func unreachable() throws {
        let never = "it is never so, and b would never run"
        let impossible = StepCondition.and(.result("a", .passed), .result("a", .failed))
        #expect(
            try problems(step("a"), step("b", needs: ["a"]) { $0.when = impossible }) == ["b when: \(never)"])
        let afterRollback = step("a") { $0.onFailure = .rollback }
        #expect(
            try problems(afterRollback, step("b", needs: ["a"]) { $0.when = .result("a", .failed) })
                == ["b when: \(never)"])
        #expect(try problems(step("a"), step("b", needs: ["a"]) { $0.when = .result("a", .failed) }).isEmpty)
    }

    @Test("The plan knows order, width and worst case; the budget bounds it")
    func plan() {
        var config = ChainConfig(
            name: "c",
            steps: [
                step("a") { $0.session.limits.cost = Money("0.50") },
                step("b", needs: ["a"]) {
                    $0.session.limits.cost = Money("0.10")
                    $0.each = [EachAxis("x", ["1", "2"]), EachAxis("y", ["1", "2", "3"])]
                    $0.parallel = 4
                    $0.retry.times = 2
                },
                step("c", needs: ["a"]) { $0.session.limits.cost = Money("0.20") },
            ])
        let plan = ChainPlan(config)
        #expect(plan.order == [["a"], ["b", "c"]])
        #expect(plan.width == 5)
        #expect(plan.sessions == 8)
        #expect(plan.worstCase == Money("2.50"))
        config.budget = Money("2.00")
        #expect(ChainPlan(config).worstCase == Money("2.00"))
        config.budget = nil
        config.steps[0].session.limits.cost = nil
        #expect(ChainPlan(config).worstCase == nil)
    }

    @Test("Values are combined, the last name's changing fastest")
    func combinations() {
        let found = ChainGraph.combinations([EachAxis("a", ["1", "2"]), EachAxis("b", ["x", "y"])])
        #expect(
            found == [
                ["a": "1", "b": "x"], ["a": "1", "b": "y"], ["a": "2", "b": "x"], ["a": "2", "b": "y"],
            ])
    }

    @Test("Names of the chain are replaced in every string, the shell's stay")
    func expansion() throws {
        var config = SessionConfig(name: "n", goal: "${each.os} and ${HOME} and ${plan.output.a.0} ${x.y}")
        config.gates = [GateConfig(name: "g", kind: .run(command: "test ${each.os}", timeout: 1))]
        let expanded = try ChainText.expand(config) { name throws(Fault) in
            switch name {
            case .each: "linux"
            case .output: "1.1"
            case .attempt: "1"
            }
        }
        #expect(expanded.goal == "linux and ${HOME} and 1.1 ${x.y}")
        #expect(expanded.gates.first?.kind == .run(command: "test linux", timeout: 1))
        #expect(ChainText.value(at: "a.1.b", in: ["a": [1, ["b": "c"]]]) == "c")
        #expect(ChainText.value(at: "a.2", in: ["a": [1]]) == nil)
    }
}

@Suite("Chains as folds")
struct ChainFoldTests {
    private let noon = Timestamp(milliseconds: 1_795_353_385_042)

    @Test("Every event is read as it was written")
    func coding() throws {
        let id = StepID("test", 1)
        let base = WorkspaceBase(spec: .empty, source: nil, git: nil, tree: TreeID("t"))
        let product = StepProduct(
            tree: TreeID("a"), start: TreeID("b"), base: base, output: ["v": 1], key: "k")
        let start = StepStart(
            step: "test", index: 1, each: ["os": "musl"], attempt: 2, sessionId: SessionID("s"),
            input: TreeID("i"))
        let earlier = EarlierRun(chainId: ChainID("c0"), sessionId: SessionID("s0"), product: product)
        let events: [ChainEvent] = [
            .created(config: ChainConfig(name: "c", budget: Money("1"), steps: [step("test")])), .queued,
            .started,
            .stepStarted(start), .stepPaused(id, reason: "approval"), .stepResumed(id),
            .stepPassed(id, product),
            .stepTimedOut(id), .stepRetrying(id, error: "e", at: noon),
            .stepFailed(id, error: "e", state: .rolledBack, product: nil),
            .stepFailed(id, error: "e", state: .failed, product: product), .stepSkipped(id, reason: "r"),
            .stepUnchanged(id, earlier), .stepRolledBack(id),
            .paused(reason: "operator", detail: "", step: nil),
            .paused(reason: "approval", detail: "d", step: id), .resumed(prefer: nil),
            .resumed(prefer: "test"),
            .restarted, .budgetSet(nil), .budgetSet(Money("2")), .completed, .failed(error: "e"),
            .rolledBack(error: "e"), .cancelled,
        ]
        for event in events {
            let stored = try event.encoded(for: ChainID("c1")) { $0 == id ? ["os": "musl"] : nil }
            #expect(try ChainEvent(type: stored.type, payload: stored.payload) == event)
            #expect(stored.payload.contains("\"chainId\":\"c1\""))
        }
        #expect(try ChainEvent(type: "chain.later", payload: "{}") == nil)
    }

    @Test("A restart keeps what is green and opens what failed or was not run because of it")
    func restart() throws {
        let config = ChainConfig(
            name: "c", steps: [step("a"), step("b", needs: ["a"]), step("d", needs: ["b"])])
        var chain = try #require(Chain(id: ChainID("c"), created: .created(config: config), at: noon))
        let base = WorkspaceBase(spec: .empty, source: nil, git: nil, tree: TreeID("t"))
        let product = StepProduct(tree: TreeID("a"), start: TreeID("b"), base: base)
        func start(_ name: String) -> ChainEvent {
            .stepStarted(
                StepStart(
                    step: name, index: 0, each: nil, attempt: 1, sessionId: SessionID("s\(name)"), input: nil)
            )
        }
        for event in [
            .queued, .started, start("a"), .stepPassed(StepID("a"), product), start("b"),
            .stepFailed(StepID("b"), error: "no", state: .failed, product: nil),
            .stepSkipped(StepID("d"), reason: "b failed"), .failed(error: "b"),
        ] as [ChainEvent] { chain.apply(event, at: noon) }
        #expect(chain.state == .failed)
        #expect(!chain.isLive)
        chain.apply(.restarted, at: noon)
        #expect(chain.state == .running)
        #expect(chain.runs.map(\.state) == [.complete, .created, .created])
        #expect(chain.runs[1].attempts == 1 && chain.runs[1].lastAttempt == 2)
    }
}
