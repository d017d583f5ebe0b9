// What the library answers, as the JSON that case files expect.

import SluicegateBindings

/// Bad input and the like: its kind, and the field that the message begins with.
func result(_ error: SluicegateError) -> JSON {
    let (kind, message) = switch error {
    case .InvalidInput(let message): ("invalid_input", message)
    case .RegisterOlder(let message): ("register_older", message)
    case .VaultUnavailable(let message): ("vault_unavailable", message)
    case .Host(let message): ("host", message)
    case .Crypto(let message): ("crypto", message)
    }
    let field = message.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).first.map(String.init)
    return ["error": .text(kind), "field": JSON(field), "message": .text(message)]
}

/// The outcome of a share. What this machine has no value of, if it is one of `machine`, counts as released on the
/// ground that stands there: whether a computer has a model is no matter of the gate's.
func result(_ outcome: Outcome, machine: [String: JSON], again: Bool) -> JSON {
    var released: [String: JSON] = [:]
    var stayed: [String: JSON] = [:]
    var remedies: [String: JSON] = [:]
    let (row, delivery, withheld, entry): (String, Delivery?, [Withheld], UInt64?)
    switch outcome {
    case .permitted(let itsRow, let itsDelivery, let items, let itsWithheld, let itsEntry):
        (row, delivery, withheld, entry) = (itsRow, itsDelivery, itsWithheld, itsEntry)
        for item in items { released[item.item] = .text(name(item.ground)) }
    case .withheld(let itsRow, let itsWithheld, let itsEntry):
        (row, delivery, withheld, entry) = (itsRow, nil, itsWithheld, itsEntry)
    }
    for item in withheld {
        if let ground = machine[item.item], delivery != nil, item.reason == "absent" {
            released[item.item] = ground
        } else {
            stayed[item.item] = .text(item.reason)
            remedies[item.item] = result(item.remedy)
        }
    }
    return [
        "outcome": delivery == nil ? "withheld" : "permitted", "row": .text(row), "delivery": JSON(delivery?.kind),
        "again": .boolean(again), "entry": JSON(entry), "released": .object(released), "withheld": .object(stayed),
        "remedies": .object(remedies),
    ]
}

extension Delivery {
    var kind: String {
        switch self {
        case .payload: "payload"
        case .permit: "permit"
        case .batch: "batch"
        }
    }

    var content: String {
        switch self {
        case .payload(let text), .permit(let text), .batch(let text): text
        }
    }
}

private func result(_ remedy: Remedy) -> JSON {
    switch remedy {
    case .acceptNotice(let version): ["by": "accept_notice", "version": .integer(Int64(version))]
    case .wait(let until): ["by": "wait", "until": .integer(until)]
    case .nothing: ["by": "nothing"]
    case .vault: ["by": "vault"]
    case .grant: ["by": "grant"]
    case .guardian: ["by": "guardian"]
    case .signedRequest: ["by": "signed_request"]
    case .partyKey: ["by": "party_key"]
    case .enrol: ["by": "enrol"]
    case .provide: ["by": "provide"]
    case .requiredItem: ["by": "required_item"]
    case .retry: ["by": "retry"]
    }
}

private func name(_ ground: Ground) -> String {
    switch ground {
    case .consent: "consent"
    case .separateConsent: "separate_consent"
    case .contract: "contract"
    case .statutoryDuty: "statutory_duty"
    }
}

private func name(_ state: AnswerState) -> String {
    switch state {
    case .asked: "asked"
    case .granted: "granted"
    case .refused: "refused"
    case .withdrawn: "withdrawn"
    }
}

func result(_ recorded: Recorded) -> JSON {
    switch recorded {
    case .queued: ["recorded": "queued"]
    case .notKept(let reason): ["recorded": "not_kept", "reason": .text(reason)]
    }
}

func result(_ answers: Answers) -> JSON {
    let given = answers.given.map { answer -> JSON in
        [
            "about": parts(answer.subject), "state": .text(name(answer.state)), "separate": .boolean(answer.separate),
            "at": .integer(answer.at), "expires": .integer(answer.expires),
            "notice_version": .integer(Int64(answer.noticeVersion)), "guardian": .boolean(answer.guardian),
        ]
    }
    return [
        "generation": JSON(answers.generation), "notice_version": JSON(answers.noticeVersion.map { Int64($0) }),
        "notice_language": JSON(answers.noticeLanguage), "current": .boolean(answers.current), "given": .list(given),
    ]
}

func result(_ explanation: Explanation) -> JSON {
    var items: [String: JSON] = [:]
    for item in explanation.items {
        items[item.item] = [
            "label": .text(item.label), "ground": .text(name(item.ground)), "required": .boolean(item.required),
            "sensitive": .boolean(item.sensitive), "linkable": .boolean(item.linkable),
            "released": .boolean(item.released), "reason": JSON(item.reason), "because": JSON(item.because),
        ]
    }
    let questions = explanation.questions.map { question -> JSON in
        [
            "about": parts(question.subject), "items": JSON(question.items), "state": JSON(question.state.map(name)),
            "not_before": JSON(question.notBefore),
        ]
    }
    return [
        "row": .text(explanation.row), "recipient": .text(explanation.recipient), "contact": .text(explanation.contact),
        "policy": .text(explanation.policy), "purpose": .text(explanation.purpose),
        "retention": .text(explanation.retention), "sensitive_because": JSON(explanation.sensitiveBecause),
        "how_to_refuse": JSON(explanation.howToRefuse), "items": .object(items), "questions": .list(questions),
    ]
}

private func parts(_ subject: Subject) -> JSON {
    JSON([subject.row, subject.party] + [subject.item].compactMap { $0 })
}
