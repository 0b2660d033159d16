import AgentOSCore
import Console
import CursesTerminal
import Glibc
import HostWire
import Terminal

/// The console: on a host that runs, or over an engine that this process hosts.
struct ConsoleHost: Sendable {
    let program: Program
    let options: GlobalOptions
    var isReadOnly = false
    /// Whether there must be a host already.
    var onlyAttaches = false

    /// Runs until the person leaves.
    func run() async throws -> ExitCode {
        let home = onlyAttaches ? try program.hostedHome(options) : try program.home(options)
        // What is wrong with a file is told before the screen is taken.
        _ = try program.settings(options)
        switch try await program.reach(home, options) {
        case .host(let client, _):
            let terminal = try await CursesTerminal.open(environment: program.environment)
            let exit = try await console(client.client, on: terminal, isAttached: true)
            await client.close()
            return try Self.code(exit)
        case .lock(let lock):
            guard !onlyAttaches else { throw Program.noHost(home) }
            return try await host(home, lock)
        }
    }

    private func host(_ home: HomeFolder, _ lock: HomeLock) async throws -> ExitCode {
        let terminal = try await CursesTerminal.open(environment: program.environment)
        let run: HostRun
        do { run = try await HostRun(program, home, options) } catch {
            await terminal.release()
            throw error
        }
        let exit = try await run.whileServing {
            let exit = try await console(run.client, on: terminal, isAttached: false)
            guard exit == .left(.detach) else {
                try await goOn(run, exit, home)
                return exit
            }
            return await standDown(run).map { .terminated($0) } ?? exit
        }
        lock.release()
        if exit == .left(.detach) {
            let hello = try await HostProcess(program: program, options: options).start(home)
            tell("the work goes on without a screen: pid \(hello.pid); come back with: agentos")
        }
        return try Self.code(exit)
    }

    /// Waits until the result of the call that runs is in the log, so that the next host has nothing to undo.
    ///
    /// The terminal may be lost meanwhile. A signal that ends programs ends the waiting and the engine, as it would
    /// have under the console; it is returned.
    private func standDown(_ run: HostRun) async -> Termination? {
        tell("detaching when the call that runs has ended; Ctrl-C stops it instead")
        return await withTaskGroup(of: Termination?.self) { group in
            group.addTask {
                await run.engine.standDown()
                return nil
            }
            group.addTask {
                for await signal in ProcessSignals.terminations {
                    switch signal {
                    case .hangUp: continue
                    case .terminate, .interrupt, .quit:
                        EndingWatch.start(interrupted: signal == .interrupt)
                        await run.engine.stop()
                        return signal
                    }
                }
                return nil
            }
            var end: Termination?
            for await signal in group {
                end = end ?? signal
                group.cancelAll()
            }
            return end
        }
    }

    /// A line on stderr: a terminal that has gone must not end the program half way.
    private func tell(_ line: String) { Output(options, environment: program.environment).note(line) }

    /// After the terminal was lost the work goes on until nothing is left to do, or a signal ends it.
    private func goOn(_ run: HostRun, _ exit: ConsoleExit, _ home: HomeFolder) async throws {
        switch exit {
        case .terminalLost, .terminated(.hangUp): break
        case .left, .terminated: return
        }
        guard await !run.engine.isIdle() else { return }
        let log = try home.openHostLog()
        dup2(log, 2)
        close(log)
        var headless = HeadlessHost(program: program, options: options)
        headless.writesEvents = false
        headless.endsWhenIdle = true
        HostLog.say("the terminal is gone; the work of \(home.path) goes on, pid \(getpid())")
        _ = await headless.waitForEnd(run)
    }

    /// On the terminal's thread, so that a key needs no other one to become a frame.
    @UIActor private func console(
        _ client: EngineClient, on terminal: CursesTerminal, isAttached: Bool
    ) async throws -> ConsoleExit {
        var setup: ConsoleOptions
        do {
            setup = try ConsoleSetup(program: program, options: options).console(
                terminal.capabilities.colours)
        } catch {
            await terminal.release()
            throw error
        }
        setup.isAttached = isAttached
        setup.isReadOnly = isReadOnly
        let exit = await ConsoleRunner(
            client: client, terminal: terminal, options: setup, clock: .system(wall: program.clock)
        ).run()
        await terminal.release()
        return exit
    }

    /// Throws for a signal that the shell is told of with a code of its own.
    private static func code(_ exit: ConsoleExit) throws -> ExitCode {
        switch exit {
        case .left, .terminalLost, .terminated(.terminate), .terminated(.hangUp): .done
        case .terminated(.interrupt): .interrupted
        case .terminated(.quit): throw Interruption(signal: .quit)
        }
    }
}
