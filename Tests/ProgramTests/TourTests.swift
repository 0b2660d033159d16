import FoundationEssentials
import Glibc
import TestSupport
import Testing

@testable import agentos

/// The tour as CI and a person without a terminal start it.
@Suite(.serialized) struct TourTests {
    @Test func theTourMendsTheProgramOfTheExamples() throws {
        let here = #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 }
        for (name, text) in TourFiles.program {
            let file = "\(here)/examples/tour/program/\(name)"
            #expect(try String(contentsOfFile: file, encoding: .utf8) == text, "\(name)")
        }
    }

    @Test func itPrintsSevenFramesAndEndsItsEngine() async throws {
        try await onThread {
            let folder = try TemporaryFolder()
            let ended = try ChildProgram.run(
                ["tour"], folder: folder, environment: ["ANTHROPIC_API_KEY": "sk-not-to-be-seen"])
            #expect(ended.code == 0, "\(ended.err)")
            for number in 1...7 { #expect(ended.out.contains(" \(number)/7 rehearsal · ")) }
            for text in [
                #"sh test.sh # \e[2K\r$ ls -l"#, "events, 0 lost, 1 call undone and run again",
                "agentos/mend-duration-", "git log -1: ", "is not what was written there",
                "ANTHROPIC_API_KEY in the environment, not used",
            ] { #expect(ended.out.contains(text), "\(text)") }
            #expect(!ended.out.contains("sk-not-to-be-seen") && !ended.out.contains("\u{1B}"))
            // Nobody holds the home any more, and a command finds what the tour left.
            let list = try ChildProgram.run(["session", "list", "--home", ".tour", "--json"], folder: folder)
            #expect(list.json?.array?.count == 2, "\(list.err)")
        }
    }

    @Test func anInterruptEndsTheTourAndItsEngineAndNoOtherTourDoes() async throws {
        try await onThread {
            let folder = try TemporaryFolder()
            let tour = try ChildProgram(["tour", "--check"], folder: folder)
            tour.closeInput()
            try tour.waitForOutput("1/7 approval: answered yes")
            let second = try ChildProgram.run(["tour", "--check"], folder: folder)
            #expect(second.code == 5 && second.err.contains("a tour is under way in"), "\(second.err)")
            tour.signal(SIGINT)
            let ended = try tour.end()
            #expect(ended.code == 130, "\(ended.err)")
            let status = try ChildProgram.run(["host", "status", "--home", ".tour"], folder: folder)
            #expect(status.code == 5, "\(status.out)\(status.err)")
        }
    }

    @Test func aFolderThatNoTourMadeIsLeftAlone() async throws {
        try await onThread {
            let folder = try TemporaryFolder()
            try folder.write(".tour/mine.txt", "mine")
            let ended = try ChildProgram.run(["tour", "--check"], folder: folder)
            #expect(ended.code == 3)
            #expect(ended.err.contains("was not made by a tour"), "\(ended.err)")
            #expect(try folder.read(".tour/mine.txt") == "mine")
        }
    }

    /// A tour has no engine for a moment when it kills it; its home is still its own.
    @Test func aHomeIsHeldWithoutAnEngine() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("tour")
        let hold = try #require(try TourHold.take(path))
        #expect(try TourHold.take(path) == nil)
        withExtendedLifetime(hold) {}
        try FileManager.default.removeItem(atPath: path)
        #expect(try TourHold.take(path) != nil)
    }
}
