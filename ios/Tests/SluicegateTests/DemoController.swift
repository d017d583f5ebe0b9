// The other side of the cases, as a program: it certifies keys and opens what was sealed, with the demo keys.

import Foundation

enum DemoController {
    static func certify(_ request: String, at: Int64) throws -> String { try run(request, "certify", "\(at)") }

    static func receive(_ kind: String, _ delivery: String, party: String, at: Int64) throws -> JSON {
        try .parse(run(delivery, "receive", kind, party, "\(at)"))
    }

    static func openMessage(_ message: String, company: String) throws -> JSON {
        try .parse(run(message, "message", company))
    }

    static func verifyLedger(_ export: String) throws -> JSON { try .parse(run(export, "ledger")) }

    /// Runs the program that `SLUICEGATE_DEMO_CONTROLLER` names: text in, text out.
    private static func run(_ input: String, _ arguments: String...) throws -> String {
        guard let program = ProcessInfo.processInfo.environment["SLUICEGATE_DEMO_CONTROLLER"] else {
            throw BadCase("SLUICEGATE_DEMO_CONTROLLER does not name the demo controller")
        }
        // A file and not a pipe: neither side ever waits for the other.
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("controller-\(UUID().uuidString)")
        try Data(input.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.standardInput = try FileHandle(forReadingFrom: file)
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw BadCase("the demo controller refused: \(arguments)") }
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
