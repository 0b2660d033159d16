import AgentOSCore

/// What can be wrong, in a vendor's own words.
public enum VendorTrouble: String, Sendable, CaseIterable {
    /// The key is refused.
    case key
    /// The account has no money, or its quota is spent.
    case money
    /// Too many requests.
    case rate
    /// Too much to do.
    case overloaded
    /// The vendor failed.
    case server
    /// The request is refused.
    case request
    /// There is no such model.
    case absent
    /// The request is longer than the model's window.
    case context
}

extension VendorWire {
    /// The status that a vendor answers with.
    public func status(_ trouble: VendorTrouble) -> Int {
        switch trouble {
        case .key: self == .google ? 400 : 401
        case .money: self == .anthropic ? 400 : self == .mistral || self == .custom ? 402 : 429
        case .rate: 429
        case .overloaded: self == .anthropic ? 529 : 503
        case .server: 500
        case .request, .context: 400
        case .absent: 404
        }
    }

    /// The error as an object, as it stands in a body or a stream.
    public func error(_ trouble: VendorTrouble) -> String {
        switch self {
        case .anthropic:
            let (type, message) = anthropic(trouble)
            return "{\"type\":\"error\",\"error\":{\"type\":\"\(type)\",\"message\":\"\(message)\"}}"
        case .google: return google(trouble)
        case .openai, .custom:
            let (type, code, message) = chat(trouble)
            return
                "{\"error\":{\"message\":\"\(message)\",\"type\":\"\(type)\",\"param\":null,\"code\":\(code)}}"
        case .mistral:
            let (type, code, message) = chat(trouble)
            return
                "{\"object\":\"error\",\"message\":\"\(message)\",\"type\":\"\(type)\",\"param\":null,\"code\":\(code)}"
        }
    }

    /// The error under the status of a success, as a piece of a stream.
    public func errorPiece(_ trouble: VendorTrouble) -> String {
        // Mistral's stream wraps what its bodies do not.
        let json = self == .mistral ? "{\"error\":\(error(trouble))}" : error(trouble)
        return (self == .anthropic ? "event: error\n" : "") + Self.data(json)
    }

    private func anthropic(_ trouble: VendorTrouble) -> (String, String) {
        switch trouble {
        case .key: ("authentication_error", "invalid x-api-key")
        case .money:
            ("invalid_request_error", "Your credit balance is too low to access the Anthropic API.")
        case .rate: ("rate_limit_error", "Number of requests has exceeded your limit")
        case .overloaded: ("overloaded_error", "Overloaded")
        case .server: ("api_error", "Internal server error")
        case .request: ("invalid_request_error", "messages: roles must alternate")
        case .absent: ("not_found_error", "model: m")
        case .context: ("invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum")
        }
    }

    private func chat(_ trouble: VendorTrouble) -> (String, String, String) {
        let numbered = self == .mistral
        switch trouble {
        case .key: return ("invalid_request_error", numbered ? "null" : "\"invalid_api_key\"", "Unauthorized")
        case .money:
            return ("insufficient_quota", "\"insufficient_quota\"", "You exceeded your current quota")
        case .rate: return ("rate_limit_exceeded", numbered ? "\"1300\"" : "null", "Rate limit exceeded")
        case .overloaded: return ("overloaded", "null", "Overloaded")
        case .server: return ("server_error", "null", "The server had an error")
        case .request: return ("invalid_request_error", "null", "unknown field")
        case .absent: return ("invalid_request_error", "\"model_not_found\"", "no model m")
        case .context:
            return (
                "invalid_request_error", "\"context_length_exceeded\"",
                "This model's maximum context length is 200000 tokens"
            )
        }
    }

    private func google(_ trouble: VendorTrouble) -> String {
        let (code, status, message, details): (Int, String, String, String) =
            switch trouble {
            case .key:
                (
                    400, "INVALID_ARGUMENT", "API key not valid.",
                    #"[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID"}]"#
                )
            case .money:
                (
                    429, "RESOURCE_EXHAUSTED", "You exceeded your current quota.",
                    #"[{"violations":[{"quotaId":"GenerateRequestsPerDayPerProjectPerModel-FreeTier","quotaValue":"50"}]},{"retryDelay":"34.4s"}]"#
                )
            case .rate:
                (
                    429, "RESOURCE_EXHAUSTED", "You exceeded your current quota.",
                    #"[{"violations":[{"quotaId":"GenerateRequestsPerMinutePerProject","quotaValue":"10"}]}]"#
                )
            case .overloaded: (503, "UNAVAILABLE", "The model is overloaded.", "[]")
            case .server: (500, "INTERNAL", "An internal error has occurred.", "[]")
            case .request: (400, "INVALID_ARGUMENT", "contents is not specified", "[]")
            case .absent: (404, "NOT_FOUND", "models/m is not found", "[]")
            case .context:
                (
                    400, "INVALID_ARGUMENT",
                    "The input token count (210000) exceeds the maximum number of tokens allowed (200000).",
                    "[]"
                )
            }
        return
            "{\"error\":{\"code\":\(code),\"message\":\"\(message)\",\"status\":\"\(status)\",\"details\":\(details)}}"
    }
}
