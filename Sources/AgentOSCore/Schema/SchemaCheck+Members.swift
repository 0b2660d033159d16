/// Arrays and objects.
extension SchemaCheck {
    mutating func holdsArray(
        _ elements: [JSONValue], _ rules: [String: JSONValue], at path: String, depth: Int
    ) throws(SchemaRefusal) -> Bool {
        var whole = true
        if let least = rules["minItems"]?.int, elements.count < least {
            whole = deny(path, "it has \(elements.count) items, at least \(least) are needed")
        }
        if let most = rules["maxItems"]?.int, elements.count > most {
            whole = deny(path, "it has \(elements.count) items, at most \(most) are allowed")
        }
        if rules["uniqueItems"]?.bool == true, let twice = firstTwice(elements) {
            whole = deny("\(path)/\(twice)", "it is there twice")
        }
        let first = rules["prefixItems"]?.array ?? []
        for (index, element) in elements.enumerated() {
            guard let part = index < first.count ? first[index] : rules["items"] else { continue }
            whole = try holds(element, part, at: "\(path)/\(index)", depth: depth + 1) && whole
        }
        if let part = rules["contains"] {
            var count = 0
            for (index, element) in elements.enumerated()
            where try tries(element, part, at: "\(path)/\(index)", depth: depth) { count += 1 }
            let least = rules["minContains"]?.int ?? 1
            if count < least || count > rules["maxContains"]?.int ?? .max {
                whole = deny(path, "\(count) items are of the kind that it must contain")
            }
        }
        return whole
    }

    /// The index of the first element that was there before, without comparing each with each.
    private func firstTwice(_ elements: [JSONValue]) -> Int? {
        var seen: Set<JSONValue> = []
        for (index, element) in elements.enumerated()
        where !seen.insert(normal(element)).inserted { return index }
        return nil
    }

    /// The same value with each whole number as an integer.
    private func normal(_ value: JSONValue) -> JSONValue {
        switch value {
        case .double(let number): Int64(exactly: number).map { .int($0) } ?? value
        case .array(let elements): .array(elements.map { normal($0) })
        case .object(let members): .object(members.mapValues { normal($0) })
        case .null, .bool, .int, .string: value
        }
    }

    // MARK: Objects

    mutating func holdsObject(
        _ members: [String: JSONValue], _ rules: [String: JSONValue], at path: String, depth: Int
    ) throws(SchemaRefusal) -> Bool {
        var whole = true
        if let least = rules["minProperties"]?.int, members.count < least {
            whole = deny(path, "it has \(members.count) members, at least \(least) are needed")
        }
        if let most = rules["maxProperties"]?.int, members.count > most {
            whole = deny(path, "it has \(members.count) members, at most \(most) are allowed")
        }
        for name in rules["required"]?.array?.compactMap(\.string) ?? [] where members[name] == nil {
            whole = deny(path, "'\(name)' is missing")
        }
        for (name, needed) in sorted(rules["dependentRequired"]) where members[name] != nil {
            for other in needed.array?.compactMap(\.string) ?? [] where members[other] == nil {
                whole = deny(path, "'\(other)' is missing, which '\(name)' needs")
            }
        }
        for (name, part) in sorted(rules["dependentSchemas"]) where members[name] != nil {
            whole = try holds(.object(members), part, at: path, depth: depth + 1) && whole
        }
        for (name, value) in members.sorted(by: { $0.key < $1.key }) {
            whole = try holdsMember(name, value, rules, at: path, depth: depth) && whole
        }
        return whole
    }

    private mutating func holdsMember(
        _ name: String, _ value: JSONValue, _ rules: [String: JSONValue], at path: String, depth: Int
    ) throws(SchemaRefusal) -> Bool {
        var whole = true
        var isNamed = false
        let place = "\(path)/\(name)"
        if let part = rules["properties"]?[name] {
            isNamed = true
            whole = try holds(value, part, at: place, depth: depth + 1) && whole
        }
        for (pattern, part) in sorted(rules["patternProperties"])
        where patterns[pattern]?.isFound(in: name) == true {
            isNamed = true
            whole = try holds(value, part, at: place, depth: depth + 1) && whole
        }
        if !isNamed, let part = rules["additionalProperties"] {
            if part.bool == false {
                whole = deny(path, "'\(name)' is not a member that it may have")
            } else {
                whole = try holds(value, part, at: place, depth: depth + 1) && whole
            }
        }
        if let part = rules["propertyNames"] {
            whole = try holds(.string(name), part, at: place, depth: depth + 1) && whole
        }
        return whole
    }

    private func sorted(_ value: JSONValue?) -> [(key: String, value: JSONValue)] {
        (value?.object ?? [:]).sorted { $0.key < $1.key }
    }
}
