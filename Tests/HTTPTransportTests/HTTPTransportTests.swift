import HTTPTransport
import TestSupport
import Testing

@Suite struct HTTPTransportTests {
    private let transport = HTTPTransport()

    /// The whole answer, or why there is none.
    private func ask(_ request: HTTPRequest) async -> Result<String, HTTPFailure> {
        do throws(HTTPFailure) {
            let bytes = try await transport.send(request).body.collect(upTo: 64 << 20)
            return .success(String(decoding: bytes, as: UTF8.self))
        } catch {
            return .failure(error)
        }
    }

    private func request(_ server: ScriptedServer, timeouts: HTTPTimeouts = HTTPTimeouts()) -> HTTPRequest {
        HTTPRequest(url: server.url + "/x", timeouts: timeouts)
    }

    @Test func `a request arrives as it was meant and its answer comes back`() async throws {
        let server = try ScriptedServer([.reply(201, ["X-Kind": "Test "], "héllo")])
        let response = try await transport.send(
            HTTPRequest(
                method: "POST", url: server.url + "/v1/things?a=b", headers: [HTTPHeader("X-Mine", "1")],
                body: Array("{\"a\":1}".utf8)))
        #expect(response.head.status == 201)
        #expect(response.head["x-kind"] == "Test")
        #expect(try await response.body.collect(upTo: 100) == Array("héllo".utf8))
        let seen = try #require(server.requests.first)
        #expect(seen.method == "POST")
        #expect(seen.target == "/v1/things?a=b")
        #expect(seen.headers["x-mine"] == "1")
        #expect(seen.headers["user-agent"] == "agentos")
        #expect(seen.headers["expect"] == nil)
        #expect(seen.text == "{\"a\":1}")
    }

    @Test func `an empty body, a large body and no body`() async throws {
        let server = try ScriptedServer(answering: { .reply(200, [:], "\($0.method) \($0.body.count)") })
        for (body, expected) in [([], "POST 0"), ([UInt8](repeating: 65, count: 3 << 20), "POST \(3 << 20)")]
        {
            let answer = await ask(HTTPRequest(method: "POST", url: server.url, body: body))
            #expect(answer == .success(expected))
        }
        #expect(await ask(HTTPRequest(url: server.url)) == .success("GET 0"))
    }

    @Test func `connections are kept and used again`() async throws {
        let server = try ScriptedServer([.reply(200, [:], "ok")])
        for _ in 0..<20 { #expect(await ask(request(server)) == .success("ok")) }
        #expect(server.connections == 1)
        #expect(server.requests.count == 20)
    }

    @Test func `many at once all get their own answer`() async throws {
        let server = try ScriptedServer(answering: { .reply(200, [:], $0.target) })
        await withTaskGroup(of: Bool.self) { group in
            for number in 0..<60 {
                group.addTask {
                    await ask(HTTPRequest(url: server.url + "/\(number)")) == .success("/\(number)")
                }
            }
            for await isRight in group { #expect(isRight) }
        }
    }

    @Test func `pieces arrive as they are sent`() async throws {
        let gate = ScriptedGate()
        let server = try ScriptedServer([
            .stream(
                ["one"],
                then: [
                    .wait(gate), .send(ScriptedAnswer.chunk(Array("two".utf8)) + ScriptedAnswer.lastChunk),
                ])
        ])
        let response = try await transport.send(request(server))
        var pieces = response.body.makeAsyncIterator()
        #expect(try await pieces.next() == Array("one".utf8))
        gate.open()
        #expect(try await pieces.next() == Array("two".utf8))
        #expect(try await pieces.next() == nil)
        #expect(try await pieces.next() == nil)
    }

    @Test func `a redirect is told, not followed`() async throws {
        let other = try ScriptedServer([.reply(200, [:], "stolen")])
        let server = try ScriptedServer([.reply(302, ["location": other.url + "/"], "")])
        let response = try await transport.send(
            HTTPRequest(url: server.url, headers: [HTTPHeader("Authorization", "Bearer k")]))
        #expect(response.head.status == 302)
        #expect(response.head["location"] == other.url + "/")
        #expect(other.requests.isEmpty)
    }

    static let broken: [(ScriptedAnswer, HTTPFailure)] = [
        (.hangUp, .cut),
        (ScriptedAnswer([.reset]), .cut),
        (
            ScriptedAnswer([.send(Array("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf".utf8)), .close]),
            .cut
        ),
        (
            ScriptedAnswer([.send(Array("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf".utf8)), .reset]),
            .cut
        ),
        (.stream(["data: a\n\n"], then: [.close]), .cut),
        (.stream(["data: a\n\n"], then: [.reset]), .cut),
        (ScriptedAnswer([.send(Array("HTTP/1.1 200".utf8)), .close]), .cut),
        (.garbage(), .malformed("Unsupported protocol")),
        (.stream([], then: [.send(Array("zz\r\nnot a chunk".utf8)), .close]), .cut),
        (.silence, .timedOut(.firstByte)),
        (
            ScriptedAnswer([.send(ScriptedAnswer.head(200, [:], "content-length: 5")), .stall]),
            .timedOut(.firstByte)
        ),
        (.stream(["data: a\n\n"], then: [.stall]), .timedOut(.idle)),
    ]

    @Test(arguments: broken.indices)
    func `a broken answer is a typed failure`(_ index: Int) async throws {
        let (answer, failure) = Self.broken[index]
        let server = try ScriptedServer([answer])
        // Only the clock that a row is about is short: a busy machine must not make another one run out.
        let timeouts = HTTPTimeouts(
            firstByte: failure == .timedOut(.firstByte) ? .milliseconds(120) : .seconds(60),
            idle: failure == .timedOut(.idle) ? .milliseconds(120) : .seconds(60))
        #expect(await ask(request(server, timeouts: timeouts)) == .failure(failure))
    }

    @Test func `random bytes for an answer end in an answer or a failure, never in a hang`() async throws {
        var random = SeededRandom(seed: 21)
        let good = Array(
            "HTTP/1.1 200 OK\r\nA: b\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n".utf8)
        let answers = (0..<80).map { _ in
            var bytes = good
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(
                    in: 0...255, using: &random)
            }
            return ScriptedAnswer([.send(bytes), .close])
        }
        let server = try ScriptedServer(answers)
        for _ in answers {
            switch await ask(request(server)) {
            case .success(let text): #expect(text.utf8.count < 1000)
            case .failure(let failure): #expect(!failure.description.isEmpty)
            }
        }
    }

    @Test func `what came before a cut is read before the failure`() async throws {
        let server = try ScriptedServer([.stream(["kept"], then: [.close])])
        let response = try await transport.send(request(server))
        var pieces = response.body.makeAsyncIterator()
        #expect(try await pieces.next() == Array("kept".utf8))
        await #expect(throws: HTTPFailure.cut) { try await pieces.next() }
    }

    @Test func `nobody listens, the queue is full, no TLS, no such host`() async throws {
        let closed = try RefusingPort()
        #expect(
            await ask(HTTPRequest(url: "http://127.0.0.1:\(closed.port)/"))
                == .failure(.refused(host: "127.0.0.1:\(closed.port)")))
        let full = try UnansweringPort()
        let timeouts = HTTPTimeouts(connect: .milliseconds(120))
        #expect(
            await ask(HTTPRequest(url: "http://127.0.0.1:\(full.port)/", timeouts: timeouts))
                == .failure(.timedOut(.connect)))
        let plain = try ScriptedServer([.reply()])
        guard case .failure(.tls) = await ask(HTTPRequest(url: "https://127.0.0.1:\(plain.port)/")) else {
            Issue.record("a plain server passed for TLS")
            return
        }
    }

    @Test func `the total clock ends a body that never pauses`() async throws {
        let server = try ScriptedServer([.hugeLine(1 << 40)])
        let timeouts = HTTPTimeouts(total: .seconds(3))
        let response = try await transport.send(
            HTTPRequest(url: server.url, timeouts: timeouts, maxBodyBytes: .max))
        await #expect(throws: HTTPFailure.timedOut(.total)) {
            for try await _ in response.body {}
        }
    }

    @Test func `a body beyond its cap is refused`() async throws {
        let server = try ScriptedServer([.hugeLine(10 << 20)])
        var small = request(server)
        small.maxBodyBytes = 1 << 20
        #expect(await ask(small) == .failure(.tooLarge(limit: 1 << 20)))
    }

    @Test func `a reader that does not read stops the sender and loses nothing`() async throws {
        let size = 24 << 20
        let server = try ScriptedServer([.hugeLine(size)])
        let timeouts = HTTPTimeouts(firstByte: .seconds(60), idle: .seconds(60))
        let response = try await transport.send(request(server, timeouts: timeouts))
        var total = 0
        var largest = 0
        for try await piece in response.body {
            total += piece.count
            largest = max(largest, piece.count)
            for _ in 0..<4 { await Task.yield() }
        }
        #expect(total == size + 8)
        #expect(largest <= 512 << 10)
    }

    @Test func `cancelling the task ends the transfer on both sides`() async throws {
        let server = try ScriptedServer([.stream(["data: a\n\n"], then: [.stall])])
        var asked = request(server)
        // A machine that is busy for a minute is no server that stalls.
        asked.timeouts = HTTPTimeouts(firstByte: nil, idle: nil)
        let response = try await transport.send(asked)
        let started = AsyncStream<Void>.makeStream()
        let reader = Task { () -> HTTPFailure? in
            var pieces = response.body.makeAsyncIterator()
            do throws(HTTPFailure) {
                while try await pieces.next() != nil { started.continuation.yield() }
                return nil
            } catch {
                return error
            }
        }
        for await _ in started.stream { break }
        reader.cancel()
        #expect(await reader.value == .cancelled)
        for await _ in server.hangUps { break }
    }

    @Test func `cancelling before the head, and dropping an answer, end the transfer`() async throws {
        let server = try ScriptedServer([.silence, .stream(["data: a\n\n"], then: [.stall])])
        var hangUps = server.hangUps.makeAsyncIterator()
        let asking = Task { await ask(request(server)) }
        while server.requests.isEmpty { await Task.yield() }
        asking.cancel()
        #expect(await asking.value == .failure(.cancelled))
        await hangUps.next()
        _ = try await transport.send(request(server))
        await hangUps.next()
        #expect(server.requests.count == 2)
    }

    @Test func `a task that is cancelled already asks nothing`() async throws {
        let server = try ScriptedServer([.silence])
        let asking = Task {
            while !Task.isCancelled { await Task.yield() }
            return await ask(request(server))
        }
        asking.cancel()
        #expect(await asking.value == .failure(.cancelled))
    }

    @Test func `shutting down ends what runs and refuses what comes`() async throws {
        let own = HTTPTransport()
        let server = try ScriptedServer([.stream(["data: a\n\n"], then: [.stall])])
        let response = try await own.send(request(server))
        own.shutDown()
        await #expect(throws: HTTPFailure.closed) { for try await _ in response.body {} }
        await #expect(throws: HTTPFailure.closed) { try await own.send(request(server)) }
    }

    @Test(arguments: [
        HTTPRequest(method: "GET /", url: "http://127.0.0.1/"),
        HTTPRequest(url: "http://127.0.0.1/", headers: [HTTPHeader("A b", "c")]),
        HTTPRequest(url: "http://127.0.0.1/", headers: [HTTPHeader("A", "c\r\nX: y")]),
        HTTPRequest(url: "gopher://127.0.0.1/"),
    ])
    func `a request that would change its own shape is refused`(_ request: HTTPRequest) async {
        guard case .failure(.invalidRequest) = await ask(request) else {
            Issue.record("sent")
            return
        }
    }

    @Test func `INV-7: no failure repeats a path, a query or a header`() async throws {
        let closed = try RefusingPort()
        let server = try ScriptedServer([.garbage(), .hangUp, .silence])
        let timeouts = HTTPTimeouts(firstByte: .milliseconds(100))
        for base in ["http://127.0.0.1:\(closed.port)", server.url, server.url, server.url] {
            let answer = await ask(
                HTTPRequest(
                    url: base + "/sekret?key=sekret", headers: [HTTPHeader("Authorization", "Bearer sekret")],
                    timeouts: timeouts))
            guard case .failure(let failure) = answer else {
                Issue.record("answered")
                continue
            }
            #expect(!"\(failure)".contains("sekret"))
        }
    }
}
