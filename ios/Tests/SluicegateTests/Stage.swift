// What one case is played on, and how its calls become calls of the bindings.

import Foundation
import SluicegateBindings

final class Stage {
    private struct Handed {
        let kind: String
        let text: String
        let released: [String]
    }

    private let folder: URL
    private let machine: [String: JSON]
    private let host = CaseHost()
    private let platform = CasePlatform()
    private var gate: Sluicegate?
    private var handed: [Handed] = []
    private var outbox: [UInt64] = []

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("case-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        machine = try Names(folder: Case.folder()).get("machine").asObject()
    }

    deinit {
        gate = nil
        try? FileManager.default.removeItem(at: folder)
    }

    /// The result of the call as JSON, in the words of the case files.
    func play(_ step: Step) throws -> JSON {
        do {
            return try play(step.call, step.arguments)
        } catch let error as SluicegateError {
            return result(error)
        }
    }

    private func play(_ call: String, _ arguments: Arguments) throws -> JSON {
        switch call {
        case "version": return ["version": .text(version())]
        case "host": return try done { try setHost(arguments) }
        case "host_was_asked": return hostWasAsked()
        case "lock": return done { platform.locked = true }
        case "unlock": return done { platform.locked = false }
        case "copy_folder": return try done { try copy("vault", to: "copy") }
        case "restore_folder": return try done { try copy("copy", to: "vault") }
        case "block_folder": return try done { try Data("in the way".utf8).write(to: place("vault")) }
        case "open": return try done { try open(arguments) }
        case "receive": return try receive(arguments)
        default:
            guard let gate else { throw BadCase("no such call before the gate is open: \(call)") }
            return try self.call(call, gate, arguments)
        }
    }

    private func call(_ call: String, _ gate: Sluicegate, _ arguments: Arguments) throws -> JSON {
        let at = arguments.at
        func account() throws -> String { try arguments.text("account") }
        func generation(_ generation: UInt64) -> JSON { ["generation": JSON(generation)] }
        switch call {
        case "accept_notice":
            let version = UInt32(arguments.integer("version") ?? 1)
            return generation(try gate.acceptNotice(accountId: account(), version: version, how: arguments.act))
        case "grant":
            return generation(try gate.grant(accountId: account(), about: arguments.about(), how: arguments.act))
        case "refuse":
            return generation(try gate.refuse(accountId: account(), about: arguments.about(), how: arguments.act))
        case "withdraw":
            return generation(try gate.withdraw(accountId: account(), about: arguments.about(), how: arguments.act))
        case "asked":
            return generation(try gate.asked(accountId: account(), about: arguments.about(), how: arguments.act))
        case "answers": return result(try gate.answers(accountId: account(), at: at))
        case "explain": return result(try gate.explain(ask: arguments.explainAsk()))
        case "share": return try share(gate, arguments)
        case "record_event": return try record(gate, arguments)
        case "enroll": return try done { try enroll(gate, arguments) }
        case "ledger": return ["size": JSON(try gate.ledger(at: at).size)]
        case "verify_ledger": return try DemoController.verifyLedger(gate.exportLedger(at: at))
        case "prove":
            let proof = try gate.prove(index: UInt64(arguments.integer("index") ?? 0), at: at)
            return ["form": JSON(proof.split(separator: "\n").first.map(String.init))]
        case "outbox": return try lookAtOutbox(gate, at)
        case "acknowledge": return try done { try gate.acknowledge(ids: outbox, at: at) }
        case "confirm_time": return try done { try gate.confirmTime(at: at) }
        case "export_account": return try .parse(gate.exportAccount(accountId: account(), at: at))
        case "erase": return ["erased": .boolean(try gate.erase(accountId: account(), at: at))]
        case "reads":
            var counts: [String: [String: JSON]] = [:]
            for read in try gate.reads(at: at) where machine[read.item] == nil {
                counts[read.row, default: [:]][read.item] = JSON(read.count)
            }
            return ["counts": .object(counts.mapValues { .object($0) })]
        default: throw BadCase("no such call: \(call)")
        }
    }

    private func setHost(_ arguments: Arguments) throws {
        host.values.merge(try arguments.values("values")) { $1 }
        host.unasked = try arguments.values("unasked")
        host.fails = arguments.flag("fails")
        host.meanwhile = try arguments.step("meanwhile").map { step in
            { [unowned self] in
                let difference = step.expect.difference(from: try self.play(step), at: "$.meanwhile")
                if let difference { throw BadCase(difference) }
            }
        }
    }

    private func hostWasAsked() -> JSON {
        let asked = host.asked
        host.asked = []
        let items = asked.flatMap(\.items).filter { machine[$0] == nil }.sorted()
        return ["times": .integer(Int64(asked.count)), "items": JSON(items)]
    }

    /// Copies the vault's folder away, or back. The gate is closed for it.
    private func copy(_ from: String, to: String) throws {
        gate = nil
        try? FileManager.default.removeItem(at: place(to))
        try FileManager.default.copyItem(at: place(from), to: place(to))
    }

    private func open(_ arguments: Arguments) throws {
        gate = nil
        let kept = arguments.optional("place") ?? "memory"
        let key = try arguments.optional("controller_key")
            ?? String(contentsOf: Case.folder().appendingPathComponent("keys/controller.jwk"), encoding: .utf8)
        let options = Options(
            register: try arguments.text("register"), controllerKey: key,
            folder: kept == "memory" ? nil : place("vault").path, at: arguments.at)
        gate = try Sluicegate.open(
            options: options, provider: host, platform: kept == "platform" ? platform : nil,
            signer: arguments.flag("broken_signer") ? BrokenSigner() : nil)
    }

    private func share(_ gate: Sluicegate, _ arguments: Arguments) throws -> JSON {
        let outcome = try gate.share(ask: arguments.ask())
        var again = false
        if case .permitted(_, let delivery, let released, _, _) = outcome {
            again = handed.contains { $0.text == delivery.content }
            handed.append(Handed(kind: delivery.kind, text: delivery.content, released: released.map(\.item).sorted()))
        }
        return result(outcome, machine: machine, again: again)
    }

    /// Records an event, or several with ids of their own.
    private func record(_ gate: Sluicegate, _ arguments: Arguments) throws -> JSON {
        var recorded = JSON.null
        for number in 0..<(arguments.integer("times") ?? 1) {
            recorded = result(try gate.recordEvent(event: arguments.event(number)))
        }
        return recorded
    }

    /// Asks for a certificate, has it made by the demo's controller, and hands it in, for the party or another one.
    private func enroll(_ gate: Sluicegate, _ arguments: Arguments) throws {
        let (party, at) = (try arguments.text("party"), arguments.at)
        let request = try gate.enroll(party: party, nonce: arguments.text("nonce"), at: at)
        let certificate = try DemoController.certify(request, at: at)
        try gate.completeEnrolment(party: arguments.optional("hand_in_for") ?? party, certificate: certificate, at: at)
    }

    /// What the party sees of the last delivery.
    private func receive(_ arguments: Arguments) throws -> JSON {
        guard let last = handed.last else { throw BadCase("nothing was handed over") }
        let party = try arguments.text("party")
        var received = try DemoController.receive(last.kind, last.text, party: party, at: arguments.at).asObject()
        received["as_released"] = .boolean(received["names"] == JSON(last.released))
        return .object(received)
    }

    private func lookAtOutbox(_ gate: Sluicegate, _ at: Int64) throws -> JSON {
        let items = try gate.outbox(limit: 50, at: at)
        outbox = items.map(\.id)
        let opened = try items.map { item -> JSON in
            let body = try DemoController.openMessage(item.body, company: item.to)
            return ["to": .text(item.to), "kind": .text(item.kind), "body": body]
        }
        return ["items": .list(opened)]
    }

    private func place(_ name: String) -> URL { folder.appendingPathComponent(name) }

    private func done(_ work: () throws -> Void) rethrows -> JSON {
        try work()
        return ["done": true]
    }
}
