import AgentOSCore
import CCurl

/// libcurl alone, as the peer of the router: one handle that keeps its connection, the same bytes, the answer counted
/// and thrown away.
final class BareRequest {
    private let handle: UnsafeMutableRawPointer
    private let headers: UnsafeMutablePointer<curl_slist>?

    init(url: String, body: [UInt8]) throws {
        guard let made = curl_easy_init() else {
            throw Fault.failed("libcurl has no handle", hint: "free some memory")
        }
        handle = made
        headers = curl_slist_append(nil, "content-type: application/json")
        _ = ccurl_set_text(handle, CURLOPT_URL, url)
        _ = ccurl_set_list(handle, CURLOPT_HTTPHEADER, headers)
        _ = ccurl_set_long(handle, CURLOPT_POST, 1)
        _ = ccurl_set_long(handle, CURLOPT_NOSIGNAL, 1)
        _ = body.withUnsafeBytes { bytes in
            bytes.baseAddress.map { ccurl_set_body(handle, $0, bytes.count) }
        }
        _ = ccurl_set_callback(
            handle, CURLOPT_WRITEFUNCTION, CURLOPT_WRITEDATA, { _, size, count, _ in size * count }, nil)
    }

    deinit {
        curl_easy_cleanup(handle)
        curl_slist_free_all(headers)
    }

    /// Sends the request and returns when the whole answer has come.
    func send() throws {
        let code = curl_easy_perform(handle)
        var status = 0
        _ = ccurl_get_long(handle, CURLINFO_RESPONSE_CODE, &status)
        guard code == CURLE_OK, status == 200 else {
            throw Fault.failed(
                "the server answered \(status), libcurl \(code.rawValue)", hint: "look at its log")
        }
    }
}
