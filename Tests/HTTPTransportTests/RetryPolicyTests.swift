import AgentOSCore
import HTTPTransport
import Testing

@Suite struct RetryPolicyTests {
    private let policy = RetryPolicy(maxAttempts: 8)

    @Test(arguments: [
        (1, 0.0, 500), (2, 0.0, 1000), (3, 0.0, 2000), (4, 0.0, 4000), (5, 0.0, 8000), (6, 0.0, 8000),
        (7, 0.0, 8000),
        (1, 1.0, 375), (1, 0.5, 437), (5, 1.0, 6000), (1, -3.0, 500), (1, 9.0, 375),
    ])
    func `the wait doubles up to the cap and jitter shrinks it`(
        _ attempt: Int, _ jitter: Double, _ milliseconds: Int
    ) {
        let wait = policy.delay(afterAttempt: attempt, jitter: jitter)
        #expect(
            wait.map { $0 >= .milliseconds(milliseconds) && $0 < .milliseconds(milliseconds + 1) } == true)
    }

    @Test func `the last attempt has no wait after it`() {
        #expect(policy.delay(afterAttempt: 8, jitter: 0) == nil)
        #expect(RetryPolicy(maxAttempts: 1).delay(afterAttempt: 1, jitter: 0) == nil)
    }

    @Test func `what the server asks for is a floor, and too much of it ends the attempts`() {
        #expect(policy.delay(afterAttempt: 1, jitter: 1, retryAfter: .seconds(7)) == .seconds(7))
        #expect(policy.delay(afterAttempt: 1, jitter: 0, retryAfter: .milliseconds(20)) == .milliseconds(500))
        #expect(policy.delay(afterAttempt: 1, jitter: 0, retryAfter: .seconds(60)) == .seconds(60))
        #expect(policy.delay(afterAttempt: 1, jitter: 0, retryAfter: .seconds(61)) == nil)
    }

    @Test(
        arguments: [
            (["Retry-After": "3"], 3000), (["retry-after": "1.5"], 1500), (["retry-after": "0"], 0),
            (["retry-after-ms": "250", "retry-after": "9"], 250),
            (["retry-after": "Sun, 06 Nov 1994 08:49:47 GMT"], 10_000),
            (["retry-after": "Sun, 06 Nov 1994 08:49:00 GMT"], 0),
            (["retry-after": "-1"], nil), (["retry-after": "soon"], nil), (["retry-after": "1e9"], nil),
            (["retry-after": "99999999999"], nil), ([:], nil),
        ] as [([String: String], Int64?)])
    func `what headers ask for`(_ headers: [String: String], _ milliseconds: Int64?) throws {
        let head = HTTPResponseHead(status: 429, headers: headers.map { HTTPHeader($0.key, $0.value) })
        let now = try #require(Timestamp("1994-11-06T08:49:37Z"))
        #expect(RetryPolicy.retryAfter(in: head, now: now) == milliseconds.map { .milliseconds($0) })
    }

    @Test(
        arguments: [
            ("Sun, 06 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37.000Z"),
            ("Sunday, 06-Nov-94 08:49:37 GMT", "1994-11-06T08:49:37.000Z"),
            ("Sun Nov  6 08:49:37 1994", "1994-11-06T08:49:37.000Z"),
            ("Mon, 29 Feb 2028 00:00:00 GMT", "2028-02-29T00:00:00.000Z"),
            ("Sun, 06 Nov 1994 24:49:37 GMT", nil), ("Sun, 06 Foo 1994 08:49:37 GMT", nil),
            ("Sun, 06 Nov 1994 08:49 GMT", nil), ("Sun, 06 Nov 1994 08:49:37 CET", nil), ("", nil),
        ] as [(String, String?)])
    func `the three date forms of HTTP`(_ text: String, _ expected: String?) {
        #expect(HTTPDate.parse(text)?.description == expected)
    }
}

@Suite struct URLPolicyTests {
    @Test(arguments: [
        ("http://127.0.0.1:8080/v1", "127.0.0.1:8080", true), ("http://localhost/", "localhost:80", true),
        ("http://[::1]:81", "[::1]:81", true), ("http://127.9.9.9", "127.9.9.9:80", true),
        ("http://0x7f.1/", "127.0.0.1:80", true),
        ("https://api.example.com/v1", "api.example.com:443", false),
        ("HTTPS://API.Example.COM", "api.example.com:443", false),
        ("http://a.localhost:1", "a.localhost:1", true),
    ])
    func `what is accepted`(_ text: String, _ authority: String, _ isLoopback: Bool) throws {
        let url = try URLPolicy.check(text)
        #expect(url.authority == authority)
        #expect(url.isLoopback == isLoopback)
    }

    @Test(arguments: [
        "http://example.com/", "http://10.0.0.1/", "http://127.0.0.1.example.com/",
        "http://localhost.example.com/",
        "http://128.0.0.1/",
    ])
    func `plain http leaves the machine only where asked for`(_ text: String) throws {
        #expect(throws: HTTPFailure.self) { try URLPolicy.check(text) }
        try URLPolicy.check(text, allowingPlain: true)
    }

    @Test(arguments: [
        "", "example.com", "/v1", "ftp://example.com/", "file:///etc/passwd", "http://",
        "http://user:pw@localhost/",
        "http://user@localhost/", "http://local host/", "http://localhost/\r\nX: y",
        "http://localhost:99999/",
    ])
    func `what is not an address, said without repeating it`(_ text: String) {
        #expect { try URLPolicy.check(text, allowingPlain: true) } throws: { error in
            !"\(error)".contains("pw@") && error is HTTPFailure
        }
    }
}
