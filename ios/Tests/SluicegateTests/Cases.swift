// The case files that Rust, Kotlin and Swift all play: `tests/cases/*.json`, one case each.

import Foundation
import Testing

struct Case: Decodable, CustomTestStringConvertible {
    let name: String
    let steps: [Step]

    var testDescription: String { name }

    /// The cases of the folder that `SLUICEGATE_CASES` names, by file name.
    static func all() throws -> [Case] {
        guard let folder = ProcessInfo.processInfo.environment["SLUICEGATE_CASES"] else {
            throw BadCase("SLUICEGATE_CASES does not name the folder of the case files")
        }
        let files = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".json") }.sorted()
        if files.isEmpty { throw BadCase("no case file in \(folder)") }
        return try files.map { file in
            let text = try Data(contentsOf: URL(fileURLWithPath: folder).appendingPathComponent(file))
            return try JSONDecoder().decode(Case.self, from: text)
        }
    }
}

/// One call and what is expected of it; the call's arguments are the other members.
struct Step: Decodable {
    let call: String
    let arguments: [String: JSON]
    let expect: JSON

    init(from decoder: any Decoder) throws {
        var members = try [String: JSON](from: decoder)
        guard case .text(let call)? = members.removeValue(forKey: "call") else { throw BadCase("a step without a call") }
        guard let expect = members.removeValue(forKey: "expect") else { throw BadCase("\(call): nothing is expected") }
        self.call = call
        self.expect = expect
        self.arguments = members
    }
}

/// A case file that can't be played as it is written.
struct BadCase: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
