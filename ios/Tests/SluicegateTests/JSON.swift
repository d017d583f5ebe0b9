// A JSON value that keeps integers apart from booleans and fractions, and can say where it differs.

import Foundation

enum JSON: Decodable, Equatable, Sendable {
    case null
    case boolean(Bool)
    case integer(Int64)
    case fraction(Double)
    case text(String)
    case list([JSON])
    case object([String: JSON])

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let boolean = try? value.decode(Bool.self) {
            self = .boolean(boolean)
        } else if let integer = try? value.decode(Int64.self) {
            self = .integer(integer)
        } else if let fraction = try? value.decode(Double.self) {
            self = .fraction(fraction)
        } else if let text = try? value.decode(String.self) {
            self = .text(text)
        } else if let list = try? value.decode([JSON].self) {
            self = .list(list)
        } else {
            self = .object(try value.decode([String: JSON].self))
        }
    }

    static func parse(_ text: String) throws -> JSON {
        try JSONDecoder().decode(JSON.self, from: Data(text.utf8))
    }

    func asText() throws -> String {
        guard case .text(let text) = self else { throw BadCase("not a text: \(self)") }
        return text
    }

    func asList() throws -> [JSON] {
        guard case .list(let list) = self else { throw BadCase("not a list: \(self)") }
        return list
    }

    func asObject() throws -> [String: JSON] {
        guard case .object(let members) = self else { throw BadCase("not an object: \(self)") }
        return members
    }

    /// Members that have to be all that is expected: an item more or less would be the point.
    private static let whole = [".released", ".withheld", ".counts"]

    /// The first place where `actual` is not what is expected, or nil. An object may have more members
    /// than are expected of it, unless it is one of `whole`; a list may not.
    func difference(from actual: JSON?, at place: String = "$") -> String? {
        guard let actual else { return "\(place): expected \(self), found nothing" }
        switch (self, actual) {
        case (.object(let expected), .object(let found)):
            let inner = expected.sorted { $0.key < $1.key }
                .lazy.compactMap { name, value in value.difference(from: found[name], at: "\(place).\(name)") }
                .first
            guard inner == nil, JSON.whole.contains(where: place.hasSuffix) else { return inner }
            return found.first { expected[$0.key] == nil }.map { "\(place).\($0.key): not expected, found \($0.value)" }
        case (.list(let expected), .list(let found)) where expected.count == found.count:
            return zip(expected, found).enumerated()
                .lazy.compactMap { index, pair in pair.0.difference(from: pair.1, at: "\(place)[\(index)]") }
                .first
        default:
            return self == actual ? nil : "\(place): expected \(self), found \(actual)"
        }
    }
}

extension Optional where Wrapped == JSON {
    func needed(_ name: String) throws -> JSON {
        guard let self else { throw BadCase("\(name) is missing") }
        return self
    }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral {
    init(stringLiteral text: String) { self = .text(text) }
    init(booleanLiteral value: Bool) { self = .boolean(value) }
    init(arrayLiteral elements: JSON...) { self = .list(elements) }
    init(dictionaryLiteral members: (String, JSON)...) { self = .object(Dictionary(uniqueKeysWithValues: members)) }

    init(_ text: String?) { self = text.map { .text($0) } ?? .null }
    init(_ number: Int64?) { self = number.map { .integer($0) } ?? .null }
    init(_ number: UInt64?) { self = number.map { .integer(Int64($0)) } ?? .null }
    init(_ texts: [String]) { self = .list(texts.map { .text($0) }) }
}
