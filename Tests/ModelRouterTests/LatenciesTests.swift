import Testing

@testable import ModelRouter

@Suite struct LatenciesTests {
    @Test func percentilesAreThoseOfTheLastAnswers() {
        let latencies = Latencies()
        #expect(latencies.percentile(50) == nil)
        latencies.add(7)
        #expect([0, 50, 95, 100].map { latencies.percentile($0) } == [7, 7, 7, 7])
        for number in 1...400 { latencies.add(Int64(number)) }
        // The last 200 are 201 to 400.
        #expect([50, 95, 100].map { latencies.percentile($0) } == [300, 390, 400])
    }
}
