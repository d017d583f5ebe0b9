// Plays every case file, and tests the player itself.

import Foundation
import Testing

@Suite struct CaseTests {
    @Test func thereAreCaseFiles() throws {
        let cases = try Case.all()
        print("\(cases.count) cases of the case files")
        #expect(!cases.isEmpty)
    }

    @Test(arguments: (try? Case.all()) ?? []) func plays(_ played: Case) throws {
        let stage = try Stage()
        #expect(!played.steps.isEmpty)
        for (index, step) in played.steps.enumerated() {
            let actual = try stage.play(step)
            let difference = step.expect.difference(from: actual)
            try #require(difference == nil, "\(played.name), step \(index + 1) (\(step.call)): \(difference ?? "")")
        }
    }

    @Test func aDifferenceNamesItsPlace() {
        let expected = JSON.object(["items": .list([.text("a"), .object(["value": .integer(1)])])])
        let actual = JSON.object(["items": .list([.text("a"), .object(["value": .boolean(true)])])])
        #expect(expected.difference(from: expected) == nil)
        #expect(expected.difference(from: actual)?.hasPrefix("$.items[1].value:") == true)
    }

    @Test func anObjectMayHaveMoreMembersAListMayNot() {
        let one = JSON.object(["a": .null])
        #expect(one.difference(from: .object(["a": .null, "b": .null])) == nil)
        #expect(one.difference(from: .object([:])) != nil)
        #expect(JSON.list([]).difference(from: .list([.null])) != nil)
        let withheld: JSON = ["withheld": ["a": "refused"]]
        #expect(withheld.difference(from: ["withheld": ["a": "refused", "b": "refused"]]) != nil)
    }

    @Test func anUnknownCallIsRefused() throws {
        let step = try Step(["call": "no_such_call", "expect": .null])
        #expect(throws: BadCase.self) { try Stage().play(step) }
    }
}
