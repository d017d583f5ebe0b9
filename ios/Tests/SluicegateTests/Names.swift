// Replaces what case files say by name: "@name", "like": "name", "file:…". The rules stand in docs/cases.md.

import Foundation

struct Names {
    private let folder: URL
    private let named: [String: JSON]

    init(folder: URL) throws {
        self.folder = folder
        named = try JSONDecoder().decode([String: JSON].self, from: Data(contentsOf: folder.appendingPathComponent("names.json")))
    }

    /// The named value, with the names in it replaced.
    func get(_ name: String) throws -> JSON {
        guard let value = named[name] else { throw BadCase("names.json names no \"\(name)\"") }
        return try expand(value)
    }

    func expand(_ value: JSON) throws -> JSON {
        switch value {
        case .text(let text) where text.hasPrefix("@"):
            return try get(String(text.dropFirst()))
        case .text(let text) where text.hasPrefix("file:"):
            let file = folder.appendingPathComponent(String(text.dropFirst("file:".count)))
            return .text(try String(contentsOf: file, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines))
        case .list(let list):
            return .list(try list.flatMap(spliced))
        case .object(let members):
            return .object(try expand(members))
        default:
            return value
        }
    }

    /// A name of a list, in a list, stands for its elements.
    private func spliced(_ element: JSON) throws -> [JSON] {
        let expanded = try expand(element)
        if case .text(let text) = element, text.hasPrefix("@"), case .list(let list) = expanded { return list }
        return [expanded]
    }

    private func expand(_ members: [String: JSON]) throws -> [String: JSON] {
        var expanded: [String: JSON] = [:]
        if let like = members["like"] { expanded = try get(like.asText()).asObject() }
        for (name, value) in members where name.hasPrefix("@") {
            for item in try get(String(name.dropFirst())).asList() { expanded[try item.asText()] = try expand(value) }
        }
        // What stands by itself goes before what stands in a list.
        for (name, value) in members where !name.hasPrefix("@") && name != "like" { expanded[name] = try expand(value) }
        return expanded
    }
}
