// The app and the platform of a case: a host that gives what the case says, and a keeper of keys that can be locked.
// A case is played on one thread, call ups included, so nothing here is locked.

import Foundation
import SluicegateBindings

/// Gives the values that it was told, and remembers what it was asked for.
final class CaseHost: Provider, @unchecked Sendable {
    var values: [String: Value?] = [:]
    var unasked: [String: Value?] = [:]
    var fails = false
    var asked: [Wanted] = []
    var meanwhile: (() throws -> Void)?

    func provide(wanted: Wanted) throws -> [Provided] {
        do {
            try meanwhile?()
        } catch {
            throw CallFailed.Failed(why: "\(error)")
        }
        asked.append(wanted)
        if fails { throw CallFailed.Failed(why: "the shop's provider is down") }
        let given = wanted.items.compactMap { item in values[item].map { Provided(item: item, value: $0) } }
        return given + unasked.map { Provided(item: $0.key, value: $0.value) }
    }
}

/// Keeps keys and the anchor in memory. A wrapped key is the plain one here: what a case looks at is when it is asked.
final class CasePlatform: Platform, @unchecked Sendable {
    var locked = false
    private var keys: Set<String> = []
    private var anchor: Data?

    func createKey(alias: String) throws {
        try check()
        keys.insert(alias)
    }

    func wrap(alias: String, plain: Data) throws -> Data { try under(alias, plain) }

    func unwrap(alias: String, wrapped: Data) throws -> Data { try under(alias, wrapped) }

    func deleteKey(alias: String) throws {
        try check()
        keys.remove(alias)
    }

    func loadAnchor() throws -> Data? {
        try check()
        return anchor
    }

    func storeAnchor(anchor: Data) throws {
        try check()
        self.anchor = anchor
    }

    private func under(_ alias: String, _ bytes: Data) throws -> Data {
        try check()
        guard keys.contains(alias) else { throw CallFailed.Missing }
        return bytes
    }

    private func check() throws {
        if locked { throw CallFailed.Locked }
    }
}

/// A platform's signer that is out of order.
final class BrokenSigner: Signer, @unchecked Sendable {
    func publicKey(party: String) throws -> Data { throw CallFailed.Failed(why: "no secure hardware") }

    func sign(party: String, digest: Data) throws -> Data { throw CallFailed.Failed(why: "no secure hardware") }
}
