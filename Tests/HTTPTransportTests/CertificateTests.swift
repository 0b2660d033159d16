import HTTPTransport
import TestSupport
import Testing

/// Whom a connection is made with: who shows a certificate that holds, for the name that was asked.
@Suite(.enabled(if: SecureServer.isAvailable, "openssl is not installed")) struct CertificateTests {
    private let transport = HTTPTransport()

    private func ask(_ host: String, _ server: SecureServer, trusting file: String?) async -> Result<
        Int, HTTPFailure
    > {
        do throws(HTTPFailure) {
            let request = HTTPRequest(url: "https://\(host):\(server.port)/", authorities: file)
            let response = try await transport.send(request)
            _ = try await response.body.collect(upTo: 1 << 20)
            return .success(response.head.status)
        } catch {
            return .failure(error)
        }
    }

    private func refusal(_ result: Result<Int, HTTPFailure>) -> String? {
        guard case .failure(.tls(let why)) = result else { return nil }
        return why
    }

    @Test func `a certificate that is trusted, of another name, expired, or of nobody`() async throws {
        let good = try await SecureServer.start(days: 30)
        #expect(await ask("localhost", good, trusting: good.certificate) == .success(200))
        #expect(refusal(await ask("127.0.0.1", good, trusting: good.certificate)) != nil)
        #expect(refusal(await ask("localhost", good, trusting: nil)) != nil)
        let old = try await SecureServer.start(days: -1)
        #expect(refusal(await ask("localhost", old, trusting: old.certificate))?.contains("expired") == true)
        // A connection that was trusted with one file is not taken for another.
        #expect(refusal(await ask("localhost", good, trusting: old.certificate)) != nil)
    }
}
