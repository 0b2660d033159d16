import EventLog
import Testing

@Suite("The SQLite log keeps the contract of event stores", .serialized)
struct ContractTests {
    let under: LogUnderTest

    init() throws { under = try LogUnderTest() }

    @Test("INV-3: many writers leave no gap") func manyWriters() async throws {
        try await EventLogContract.manyWriters(under.log)
    }

    @Test("a stale version fails alone") func staleVersion() async throws {
        try await EventLogContract.staleVersionFailsAlone(under.log)
    }

    @Test("INV-4: a command is recorded once") func commands() async throws {
        try await EventLogContract.commandsAreIdempotent(under.log)
    }

    @Test("appends given together are written together") func batches() async throws {
        try await EventLogContract.batchesAreWhole(under.log)
    }

    @Test("INV-5: conditions guard what is shared") func conditions() async throws {
        try await EventLogContract.conditionsGuardWhatIsShared(under.log)
    }

    @Test("INV-1: reads stay within the tenant, in pages") func pages() async throws {
        try await EventLogContract.readsInPages(under.log)
    }

    @Test("followers miss nothing") func followers() async throws {
        try await EventLogContract.followersMissNothing(under.log)
    }

    @Test("what the table cannot hold is refused") func refusals() async throws {
        try await EventLogContract.refusesWhatItCannotHold(under.log)
    }
}
