import AgentOSCore

/// `shell{command,timeout?}`: `/bin/sh -c` behind the sandbox.
struct ShellTool: Tool {
    let spec = ToolSpec(
        "shell",
        "Runs a command with /bin/sh in the workspace, in a sandbox. It ends when its shell exits; what it left "
            + "running is ended with it. Output and errors come back together.",
        [
            ("command", "string", "The command line."),
            ("timeout", "integer", "Seconds until it is ended; the session's limit is the most."),
        ], required: ["command"])

    func effect(of arguments: JSONValue, network: Bool) -> EffectClass { network ? .outside : .confined }

    func run(_ arguments: JSONValue, in context: ToolContext) async -> ToolResult {
        let start = ContinuousClock.now
        do {
            let checked = try ToolArguments(arguments, for: spec)
            guard let sandbox = context.sandbox else {
                throw Refusal(
                    "Commands cannot be run here: no sandbox works on this machine (`agentos doctor` says why). Use the file tools."
                )
            }
            let result = try await sandbox.run(try command(checked, context), onOutput: context.onOutput)
            return answer(result, ConfinedResult.output(in: context.spool))
        } catch let refusal as Refusal {
            return ToolResult(text: refusal.text, isError: true, milliseconds: start.millisecondsUntilNow)
        } catch {
            return ToolResult(
                text: "The command was not run to its end: \(error)", isError: true,
                milliseconds: start.millisecondsUntilNow, layer: context.sandbox?.layer.description)
        }
    }

    private func command(_ arguments: ToolArguments, _ context: ToolContext) throws(Refusal)
        -> ConfinedCommand
    {
        let shell = arguments.string("command") ?? ""
        guard !shell.allSatisfy(\.isWhitespace) else { throw Refusal("`command` is empty.") }
        var limits = context.limits
        if let seconds = arguments.int("timeout") {
            guard seconds >= 1 else { throw Refusal("`timeout` is in seconds and at least 1.") }
            limits.timeoutMilliseconds = min(limits.timeoutMilliseconds, min(seconds, 1_000_000) * 1000)
        }
        return ConfinedCommand(
            shell: shell, workspace: context.workspace, spool: context.spool, readRoots: context.readRoots,
            network: context.network, limits: limits, lockFD: context.lockFD, environment: context.environment
        )
    }

    private func answer(_ result: ConfinedResult, _ output: [UInt8]) -> ToolResult {
        result.toolResult(output)
    }
}

extension ConfinedResult {
    /// The answer to the model, from the kept output: also for a finished call that is found in its spool.
    ///
    /// `whenLate` is what whoever reads it can do about a time that was up.
    public func toolResult(
        _ output: [UInt8], whenLate: String = "run it in parts, or ask for a longer timeout"
    ) -> ToolResult {
        var text = ToolText.output(output, result: self)
        if let ending = ending(whenLate) {
            text += (text.isEmpty || text.hasSuffix("\n") ? "" : "\n") + "[\(ending)]"
        } else if text.isEmpty {
            text = "[no output]"
        }
        return ToolResult(
            text: text, isError: ending(whenLate) != nil, exitStatus: exit, totalBytes: totalBytes,
            milliseconds: milliseconds, layer: layer.description)
    }

    /// How it ended, where that was not with exit code 0.
    private func ending(_ whenLate: String) -> String? {
        let after = "after \(milliseconds) ms"
        if cancelled { return "cancelled \(after)" }
        if timedOut {
            return "ended because its time was up, \(after)" + (whenLate.isEmpty ? "" : "; \(whenLate)")
        }
        switch stopped {
        case "processes": return "ended \(after): too many processes at the same time"
        case "memory": return "ended \(after): too much memory"
        case "disk": return "ended \(after): the disk is almost full"
        case .some(let other): return "ended \(after): the limit \(other)"
        case .none: break
        }
        if let signal { return "ended by signal \(signal) \(after)" }
        return exit == 0 ? nil : "exit code \(exit ?? -1)"
    }
}
