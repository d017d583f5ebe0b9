// What one case is played on, and how its calls become calls of the bindings.

import SluicegateBindings

final class Stage {
    /// The result of the call as JSON, in the words of the case files.
    func play(_ step: Step) throws -> JSON {
        switch step.call {
        case "version": .object(["version": .text(version())])
        default: throw BadCase("no such call: \(step.call)")
        }
    }
}
