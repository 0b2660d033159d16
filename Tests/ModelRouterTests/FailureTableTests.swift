import AgentOSCore
import HTTPTransport
import Testing

@testable import ModelRouter

@Suite struct FailureTableTests {
    @Test(
        arguments: [
            (400, nil, ModelFailure.Kind.rejected, AttemptFailure.Remedy.none),
            (401, nil, .authentication, .nextModel),
            (402, nil, .rejected, .nextModel), (403, nil, .authentication, .nextModel),
            (404, nil, .rejected, .nextModel),
            (408, nil, .timeout, .retry), (409, nil, .overloaded, .retry), (413, nil, .rejected, .none),
            (422, nil, .rejected, .none), (429, nil, .overloaded, .retry),
            (429, "rate_limit_exceeded", .overloaded, .retry),
            (429, "insufficient_quota", .rejected, .nextModel),
            (429, FailureTable.spentQuota, .rejected, .nextModel),
            (500, "insufficient_quota", .rejected, .nextModel), (nil, "billing_error", .rejected, .nextModel),
            (403, "model_not_found", .rejected, .nextModel),
            (400, "API_KEY_INVALID", .authentication, .nextModel),
            (400, "context_length_exceeded", .context, .largerWindow),
            (nil, "RESOURCE_EXHAUSTED", .overloaded, .retry), (nil, "UNAVAILABLE", .overloaded, .retry),
            (nil, "api_error", .server, .retry), (nil, "timeout_error", .timeout, .retry),
            (400, "invalid_api_key", .authentication, .nextModel),
            (500, nil, .server, .retry), (501, nil, .rejected, .none), (502, nil, .server, .retry),
            (503, nil, .overloaded, .retry), (504, nil, .timeout, .retry), (529, nil, .overloaded, .retry),
            (599, nil, .server, .retry), (302, nil, .rejected, .none),
            (nil, "overloaded_error", .overloaded, .retry), (nil, "invalid_request_error", .rejected, .none),
            (nil, "authentication_error", .authentication, .nextModel), (nil, "unheard_of", .server, .retry),
            (nil, nil, .server, .retry),
        ] as [(Int?, String?, ModelFailure.Kind, AttemptFailure.Remedy)])
    func `what a vendor's error means`(
        _ status: Int?, _ code: String?, _ kind: ModelFailure.Kind, _ remedy: AttemptFailure.Remedy
    ) {
        let failure = FailureTable.classify(VendorError(status: status, code: code), provider: "p")
        #expect(failure.kind == kind)
        #expect(failure.remedy == remedy)
        #expect(!failure.hint.isEmpty)
    }

    @Test(arguments: [
        (HTTPFailure.refused(host: "h"), ModelFailure.Kind.unreachable, AttemptFailure.Remedy.retry),
        (.unresolvable(host: "h"), .unreachable, .retry), (.tls("x"), .unreachable, .retry),
        (.timedOut(.connect), .timeout, .retry), (.timedOut(.idle), .timeout, .retry),
        (.cut, .protocolError, .retry),
        (.malformed("x"), .protocolError, .retry), (.tooLarge(limit: 1), .protocolError, .retry),
        (.invalidRequest("x"), .rejected, .none), (.forbidden("x"), .rejected, .none),
        (.cancelled, .cancelled, .none), (.closed, .cancelled, .none),
    ])
    func `what a failure of the wire means`(
        _ wire: HTTPFailure, _ kind: ModelFailure.Kind, _ remedy: AttemptFailure.Remedy
    ) {
        let failure = FailureTable.classify(wire, provider: "p")
        #expect(failure.kind == kind)
        #expect(failure.remedy == remedy)
    }

    @Test(arguments: [
        ("plain words", "plain words"), ("two\nlines\tand  more", "two lines and more"),
        ("esc \u{1B}[2J", "esc \\e[2J"), ("the key TOPSECRET!", "the key [key]!"),
        ("got 'sk-abcdef'", "got [key]"), ("header Bearer:abc", "header [key]"), ("", ""),
    ])
    func `INV-7: a vendor's words made fit to show`(_ raw: String, _ safe: String) {
        #expect(VendorText.safe(raw, hiding: "TOPSECRET") == safe)
    }

    @Test func `long words are cut`() {
        #expect(VendorText.safe(String(repeating: "x", count: 100_000), hiding: nil).count == 301)
    }
}
