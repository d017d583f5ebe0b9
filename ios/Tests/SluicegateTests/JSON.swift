// A JSON value that keeps integers apart from booleans and fractions, and can say where it differs.

enum JSON: Decodable, Equatable {
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

    /// The first place where `actual` is not what is expected, or nil. An object may have more members
    /// than are expected of it; a list may not.
    func difference(from actual: JSON?, at place: String = "$") -> String? {
        guard let actual else { return "\(place): expected \(self), found nothing" }
        switch (self, actual) {
        case (.object(let expected), .object(let found)):
            return expected.sorted { $0.key < $1.key }
                .lazy.compactMap { name, value in value.difference(from: found[name], at: "\(place).\(name)") }
                .first
        case (.list(let expected), .list(let found)) where expected.count == found.count:
            return zip(expected, found).enumerated()
                .lazy.compactMap { index, pair in pair.0.difference(from: pair.1, at: "\(place)[\(index)]") }
                .first
        default:
            return self == actual ? nil : "\(place): expected \(self), found \(actual)"
        }
    }
}
