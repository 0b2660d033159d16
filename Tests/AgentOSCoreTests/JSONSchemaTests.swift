import AgentOSCore
import Testing

@Suite("JSON Schema: what is valid, what is not and why, and what is refused")
struct JSONSchemaTests {
    private func problems(_ schema: String, _ value: String) throws -> [String] {
        try JSONSchema(JSONText.decode(JSONValue.self, from: schema))
            .problems(in: JSONText.decode(JSONValue.self, from: value))
    }

    @Test(
        "a value meets its schema, or the first problem is named",
        arguments: [
            (#"true"#, #"1"#, nil), (#"false"#, #"1"#, "/: nothing is allowed here"),
            (#"{"type":"integer"}"#, #"1.0"#, nil),
            (#"{"type":"integer"}"#, #"1.5"#, "/: expected integer, found number"),
            (#"{"type":["string","null"]}"#, #"null"#, nil),
            (#"{"type":["string","null"]}"#, #"[]"#, "/: expected string or null, found array"),
            (#"{"const":1}"#, #"1.0"#, nil), (#"{"enum":["a",2]}"#, #"2"#, nil),
            (#"{"enum":["a",2]}"#, #"3"#, #"/: expected one of "a", 2"#),
            (#"{"required":["a","b"]}"#, #"{"a":1}"#, "/: 'b' is missing"),
            (#"{"required":["a"]}"#, #"[]"#, nil),
            (
                #"{"properties":{"a":{"type":"string"}}}"#, #"{"a":1}"#,
                "/a: expected string, found integer"
            ),
            (
                #"{"properties":{"a":{}},"additionalProperties":false}"#, #"{"a":1,"b":2}"#,
                "/: 'b' is not a member that it may have"
            ),
            (
                #"{"patternProperties":{"^x-":{"type":"integer"}},"additionalProperties":false}"#,
                #"{"x-a":1}"#, nil
            ),
            (#"{"propertyNames":{"pattern":"^[a-z]+$"}}"#, #"{"A":1}"#, "/A: it does not match ^[a-z]+$"),
            (
                #"{"items":{"minimum":0}}"#, #"[1,-1]"#, "/1: -1 is less than 0"
            ),
            (
                #"{"prefixItems":[{"type":"string"}],"items":{"type":"integer"}}"#, #"["a",1,2]"#, nil
            ),
            (
                #"{"prefixItems":[{"type":"string"}],"items":false}"#, #"["a",1]"#,
                "/1: nothing is allowed here"
            ),
            (#"{"uniqueItems":true}"#, #"[1,2,1.0]"#, "/2: it is there twice"),
            (
                #"{"contains":{"const":7},"maxContains":1}"#, #"[7,7]"#,
                "/: 2 items are of the kind that it must contain"
            ),
            (#"{"multipleOf":0.01}"#, #"19.99"#, nil),
            (#"{"multipleOf":2}"#, #"3"#, "/: 3 is not a multiple of 2"),
            (#"{"maxLength":2}"#, #""äöü""#, "/: it has 3 characters, at most 2 are allowed"),
            (
                #"{"anyOf":[{"type":"string"},{"minimum":5}]}"#, #"3"#,
                "/: none of the 2 alternatives holds"
            ),
            (
                #"{"oneOf":[{"minimum":1},{"minimum":2}]}"#, #"3"#,
                "/: 2 of 2 alternatives hold, not exactly one"
            ),
            (#"{"not":{"type":"null"}}"#, #"null"#, "/: it is what it must not be"),
            (
                #"{"if":{"required":["a"]},"then":{"required":["b"]},"else":{"required":["c"]}}"#,
                #"{"a":1}"#, "/: 'b' is missing"
            ),
            (
                #"{"dependentRequired":{"a":["b"]}}"#, #"{"a":1}"#,
                "/: 'b' is missing, which 'a' needs"
            ),
            (
                ##"{"$ref":"#/$defs/n","$defs":{"n":{"type":"object","properties":{"next":{"$ref":"#/$defs/n"}}}}}"##,
                #"{"next":{"next":3}}"#, "/next/next: expected object, found integer"
            ),
            (##"{"$defs":{"a/b":{"type":"null"}},"$ref":"#/$defs/a~1b"}"##, #"null"#, nil),
        ] as [(String, String, String?)])
    func table(_ schema: String, _ value: String, _ first: String?) throws {
        #expect(try problems(schema, value).first == first)
    }

    @Test(
        "a schema that would not be checked whole is refused",
        arguments: [
            (#"{"unevaluatedProperties":false}"#, "is not checked here"),
            (#"{"typ":"string"}"#, "#/typ"), (#"{"type":"text"}"#, "#/type must be"),
            (#"{"properties":[1]}"#, "#/properties must be"), (#"{"minLength":-1}"#, "at least 0"),
            (#"{"pattern":"("}"#, "#/pattern"), (#"{"multipleOf":0}"#, "above 0"),
            (#"{"$ref":"https://example.org/s"}"#, "inside the same schema"),
            (##"{"$ref":"#/$defs/none"}"##, "no schema at"), (#"[]"#, "neither an object"),
            (#"{"items":[{}]}"#, "neither an object"),
            (#"{"patternProperties":{"[":{}}}"#, "patternProperties"),
        ])
    func refused(_ schema: String, _ part: String) throws {
        let refusal = #expect(throws: SchemaRefusal.self) { try problems(schema, "1") }
        #expect(refusal?.description.contains(part) == true, "\(refusal?.description ?? "")")
    }

    @Test("a schema that calls itself for ever is ended, not followed")
    func endless() throws {
        #expect(throws: SchemaRefusal.self) { try problems(##"{"$ref":"#"}"##, "1") }
        #expect(throws: SchemaRefusal.self) {
            try problems(
                ##"{"$defs":{"a":{"allOf":[{"$ref":"#/$defs/a"},{"$ref":"#/$defs/a"}]}},"$ref":"#/$defs/a"}"##,
                "1")
        }
    }

    @Test("at most twenty problems are listed")
    func many() throws {
        let value = "[" + Array(repeating: "1", count: 100).joined(separator: ",") + "]"
        #expect(try problems(#"{"items":{"type":"string"}}"#, value).count == 20)
    }
}
