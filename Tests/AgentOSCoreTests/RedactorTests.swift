import AgentOSCore
import Testing

@Suite struct RedactorTests {
    @Test func secretsAreTakenOutWhereverTheyStand() {
        var provider = ProviderConfiguration(name: "claude", kind: .custom)
        provider.key = "sk-canary-123456"
        let redact = Redactor(
            providers: [provider],
            environment: [
                "HOME": "/home/ana/project", "DEMO_API_KEY": "sk-canary-123456-longer", "SHORT_TOKEN": "abc",
            ])
        #expect(
            redact("x sk-canary-123456-longer y sk-canary-123456.") == "x [DEMO_API_KEY] y [key of claude].")
        #expect(redact("abc in /home/ana/project") == "abc in /home/ana/project")
    }
}
