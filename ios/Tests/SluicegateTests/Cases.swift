// The case files that Rust, Kotlin and Swift all play: `tests/cases/*.json`, explained in docs/cases.md.

import Foundation
import Testing

struct Case: CustomTestStringConvertible, Sendable {
    let name: String
    let steps: [Step]

    var testDescription: String { name }

    /// The folder that `SLUICEGATE_CASES` names.
    static func folder() throws -> URL {
        guard let folder = ProcessInfo.processInfo.environment["SLUICEGATE_CASES"] else {
            throw BadCase("SLUICEGATE_CASES does not name the folder of the case files")
        }
        return URL(fileURLWithPath: folder, isDirectory: true)
    }

    /// The cases of all files, by file name.
    static func all() throws -> [Case] {
        let folder = try folder()
        let names = try Names(folder: folder)
        let isCase = { (file: String) in file.hasSuffix(".json") && !["names.json", "schema.json"].contains(file) }
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter(isCase).sorted()
        if files.isEmpty { throw BadCase("no case file in \(folder.path)") }
        return try files.flatMap { file in
            let text = try Data(contentsOf: folder.appendingPathComponent(file))
            return try JSONDecoder().decode(JSON.self, from: text).asObject()["cases"].needed("cases").asList().map { written in
                let written = try written.asObject()
                let steps = try names.expand(written["steps"].needed("steps")).asList()
                return Case(name: try written["name"].needed("name").asText(), steps: try steps.map(Step.init))
            }
        }
    }
}

/// One call and what is expected of it; the call's arguments are the other members.
struct Step: Sendable {
    let call: String
    let arguments: Arguments
    let expect: JSON

    init(_ json: JSON) throws {
        var members = try json.asObject()
        guard case .text(let call)? = members.removeValue(forKey: "call") else { throw BadCase("a step without a call") }
        guard let expect = members.removeValue(forKey: "expect") else { throw BadCase("\(call): nothing is expected") }
        self.call = call
        self.expect = expect
        self.arguments = Arguments(json: members)
    }
}

/// A case file that can't be played as it is written.
struct BadCase: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
