// The arguments of a step as the library takes them.

import SluicegateBindings

struct Arguments: Sendable {
    let json: [String: JSON]

    func text(_ name: String) throws -> String {
        guard let text = optional(name) else { throw BadCase("the step needs \(name)") }
        return text
    }

    func optional(_ name: String) -> String? {
        guard case .text(let text)? = json[name] else { return nil }
        return text
    }

    func integer(_ name: String) -> Int64? {
        guard case .integer(let number)? = json[name] else { return nil }
        return number
    }

    func flag(_ name: String) -> Bool { json[name] == .boolean(true) }

    func step(_ name: String) throws -> Step? { try json[name].map(Step.init) }

    /// Cases count days and seconds from 2026-11-24T12:00:00Z.
    var at: Int64 { 1_795_521_600_000 + ((integer("day") ?? 0) * 86_400 + (integer("at") ?? 0)) * 1000 }

    var act: Act { Act(at: at, language: optional("language") ?? "zh", surface: "case", guardian: flag("guardian")) }

    func about() throws -> [Subject] {
        try json["about"].needed("about").asList().map { subject in
            let parts = try subject.asList().map { try $0.asText() }
            return Subject(row: parts[0], party: parts[1], item: parts.count > 2 ? parts[2] : nil)
        }
    }

    func ask() throws -> Ask {
        Ask(
            account: try text("account"), age: try age(), scenario: try text("scenario"), party: try party(),
            order: optional("order"), attempt: UInt32(integer("attempt") ?? 1), nonce: try text("nonce"),
            request: optional("request"), at: at)
    }

    func explainAsk() throws -> ExplainAsk {
        ExplainAsk(
            account: try text("account"), age: try age(), scenario: try text("scenario"), party: try party(),
            language: try text("language"), at: at)
    }

    func event(_ number: Int64) throws -> AdEvent {
        AdEvent(
            account: try text("account"), age: try age(), scenario: try text("scenario"), party: try party(),
            id: "\(try text("id"))-\(number)", item: try text("item"), content: try text("content"), at: at)
    }

    func values(_ name: String) throws -> [String: Value?] {
        guard let values = json[name] else { return [:] }
        return try values.asObject().mapValues(readValue)
    }

    private func age() throws -> Age {
        switch try text("age") {
        case "under_14": return .under14
        case "over_14": return .over14
        case "unknown": return .unknown
        case let other: throw BadCase("age: \(other)")
        }
    }

    private func party() throws -> Party {
        let party = Arguments(json: try json["party"].needed("party").asObject())
        return Party(
            recipient: try party.text("recipient"), id: try party.text("id"), key: party.optional("key"),
            card: party.optional("card"))
    }
}

/// The value of an item as case files write it.
private func readValue(_ value: JSON) throws -> Value? {
    switch value {
    case .null: return nil
    case .boolean(let value): return .boolean(value: value)
    case .integer(let value): return .integer(value: value)
    case .text(let value): return .text(value: value)
    case .list(let list):
        let integers = list.compactMap { element -> Int64? in
            if case .integer(let number) = element { return number }
            return nil
        }
        if integers.count == list.count { return .integers(values: integers) }
        return .texts(values: try list.map { try $0.asText() })
    case .object(let members):
        let verdict = Arguments(json: members)
        switch try verdict.text("verdict") {
        case "detected": return .detected(confidence: UInt8(verdict.integer("confidence") ?? 0))
        case "not_detected": return .notDetected
        default: return .notEvaluable(reason: try verdict.text("reason"))
        }
    case .fraction: throw BadCase("no item's value is a fraction")
    }
}
