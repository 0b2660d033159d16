import AgentOSCore
import HTTPTransport

/// What every provider over HTTP shares: timeouts, failures as attempts see them, and events out of bytes.
struct ModelExchange: Sendable {
    private static let largestReply = 64 << 20
    private static let largestError = 64 << 10
    let provider: ProviderConfiguration
    let transport: HTTPTransport
    let clock: WallClock

    /// Posts JSON and returns an answer of status 200.
    ///
    /// - Parameters:
    ///   - dropped: Members of the user's that this request cannot have.
    ///   - readError: Reads the vendor's sentence and word out of an error's body.
    func post(
        _ url: String, headers: [HTTPHeader], json: JSONValue, without dropped: Set<String> = [],
        onRoom: (RateRoom) -> Void,
        readError: ([UInt8]) -> VendorError
    ) async throws(AttemptFailure) -> HTTPResponse {
        let extra = JSONValue.object((provider.body?.object ?? [:]).filter { !dropped.contains($0.key) })
        guard let body = try? JSONText.encode(json.over(extra)) else {
            throw AttemptFailure(.rejected, .none, "the request is not JSON", hint: "report this as a bug")
        }
        let request = HTTPRequest(
            method: "POST", url: url,
            headers: [
                HTTPHeader("Content-Type", "application/json"),
                HTTPHeader("Accept", "text/event-stream, application/json"),
            ] + headers + provider.headers.sorted { $0.key < $1.key }.map { HTTPHeader($0.key, $0.value) },
            body: body,
            timeouts: HTTPTimeouts(
                connect: .milliseconds(provider.connectTimeout),
                firstByte: .milliseconds(provider.firstByteTimeout),
                idle: .milliseconds(provider.idleTimeout)),
            maxBodyBytes: Self.largestReply, authorities: provider.authorities)
        let response: HTTPResponse
        do { response = try await transport.send(request) } catch { throw failure(error) }
        if let room = RateRoom(response.head, now: clock.now()) { onRoom(room) }
        guard response.head.status != 200 else { return response }
        let said = readError(await response.body.prefix(upTo: Self.largestError))
        try checkCancelled()
        var failure = FailureTable.classify(
            VendorError(
                status: response.head.status, code: said.code, message: said.message.map(safe),
                window: said.window,
                shouldRetry: response.head["x-should-retry"].flatMap { ["true": true, "false": false][$0] }),
            provider: provider.name)
        let told = RetryPolicy.retryAfter(in: response.head, now: clock.now())
        failure.retryAfter = [told, said.retryAfter].compactMap(\.self).max()
        throw failure
    }

    /// Puts an answer together, streamed or whole, and shows what comes.
    ///
    /// A failure tells what was counted until then, and whether the vendor may charge for it.
    func read<Accumulator: ReplyAccumulator>(
        _ response: HTTPResponse, into accumulator: inout Accumulator, show: (ModelStreamEvent) -> Void
    ) async throws(AttemptFailure) -> ProviderReply {
        var hasShown = false
        func showing(_ event: ModelStreamEvent) {
            hasShown = true
            show(event)
        }
        do throws(AttemptFailure) {
            if response.head["content-type"]?.contains("json") == true {
                let whole = try await whole(response)
                try take(String(decoding: whole, as: UTF8.self), into: &accumulator, showing)
            } else {
                try await events(of: response) { data throws(AttemptFailure) in
                    try take(data, into: &accumulator, showing)
                    return accumulator.isDone
                }
            }
            guard let reply = accumulator.reply() else {
                throw accumulator.isDone ? empty : failure(.cut)
            }
            return reply
        } catch {
            var failure = error
            failure.usage = accumulator.usage
            failure.mayBeCharged =
                switch failure.kind {
                case .authentication, .overloaded, .rejected, .context: hasShown || accumulator.usage != nil
                case .unreachable, .timeout, .server, .protocolError, .budget, .rehearsal, .cancelled: true
                }
            throw failure
        }
    }

    private func take<Accumulator: ReplyAccumulator>(
        _ data: String, into accumulator: inout Accumulator, _ show: (ModelStreamEvent) -> Void
    ) throws(AttemptFailure) {
        do throws(WireError) {
            for event in try accumulator.take(data) { show(event) }
        } catch {
            switch error {
            case .notJSON:
                throw AttemptFailure(
                    .protocolError, .retry, "the answer is not JSON as this wire sends it",
                    hint: "check the url of provider \(provider.name)")
            case .unusable(let cause):
                throw AttemptFailure(.protocolError, .retry, cause, hint: "use another model")
            case .reported(var reported):
                reported.message = reported.message.map(safe)
                var failure = FailureTable.classify(reported, provider: provider.name)
                failure.retryAfter = reported.retryAfter
                throw failure
            }
        }
    }

    /// A stream that said nothing but that it is over.
    private var empty: AttemptFailure {
        AttemptFailure(
            .protocolError, .retry, "the answer ended without any text or tool call",
            hint: "check the server of provider \(provider.name), or use another model")
    }

    /// Hands over each event's data until `take` says that the stream is over, or it ends.
    func events(
        of response: HTTPResponse, take: (String) throws(AttemptFailure) -> Bool
    ) async throws(AttemptFailure) {
        var decoder = SSEDecoder()
        var pieces = response.body.makeAsyncIterator()
        while true {
            let piece: [UInt8]?
            do { piece = try await pieces.next() } catch { throw failure(error) }
            guard let piece else { return }
            var events: [SSEEvent] = []
            var tooLong: SSEFailure?
            do throws(SSEFailure) { try decoder.feed(piece, into: &events) } catch { tooLong = error }
            for event in events where try take(event.data) {
                response.body.drain()
                return
            }
            if case .tooLong(let limit) = tooLong { throw failure(.tooLarge(limit: limit)) }
        }
    }

    /// The whole body of an answer that is not a stream.
    func whole(_ response: HTTPResponse) async throws(AttemptFailure) -> [UInt8] {
        do { return try await response.body.collect(upTo: Self.largestReply) } catch { throw failure(error) }
    }

    /// A vendor's words, fit to show.
    func safe(_ text: String) -> String { VendorText.safe(text, hiding: provider.key) }

    /// What the failure of the wire means here.
    func failure(_ error: HTTPFailure) -> AttemptFailure {
        FailureTable.classify(error, provider: provider.name)
    }

    private func checkCancelled() throws(AttemptFailure) {
        if Task.isCancelled { throw .cancelled }
    }
}

extension JSONValue {
    /// Both together, object by object; where both say something, this one wins.
    func over(_ other: JSONValue) -> JSONValue {
        guard case .object(let own) = self, case .object(let others) = other else { return self }
        return .object(own.merging(others) { $0.over($1) })
    }
}
