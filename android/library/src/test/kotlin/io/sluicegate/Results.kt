// What the library answers, as the JSON that case files expect.
package io.sluicegate

import com.google.gson.JsonArray
import com.google.gson.JsonElement
import com.google.gson.JsonNull
import com.google.gson.JsonObject
import com.google.gson.JsonPrimitive
import io.sluicegate.bindings.Answers
import io.sluicegate.bindings.Delivery
import io.sluicegate.bindings.Explanation
import io.sluicegate.bindings.Outcome
import io.sluicegate.bindings.Recorded
import io.sluicegate.bindings.Remedy
import io.sluicegate.bindings.SluicegateException
import io.sluicegate.bindings.Subject

fun json(value: Any?): JsonElement = when (value) {
    null -> JsonNull.INSTANCE
    is JsonElement -> value
    is Boolean -> JsonPrimitive(value)
    is ULong -> JsonPrimitive(value.toLong())
    is UInt -> JsonPrimitive(value.toLong())
    is Number -> JsonPrimitive(value)
    is Enum<*> -> JsonPrimitive(value.name.lowercase())
    is Map<*, *> -> JsonObject().apply { value.forEach { (name, member) -> add(name as String, json(member)) } }
    is Iterable<*> -> JsonArray().apply { value.forEach { add(json(it)) } }
    else -> JsonPrimitive(value as String)
}

fun json(vararg members: Pair<String, Any?>) = json(mapOf(*members))

/** Bad input and the like: its kind, and the field that the message begins with. */
fun result(error: SluicegateException): JsonElement {
    val kind = when (error) {
        is SluicegateException.InvalidInput -> "invalid_input"
        is SluicegateException.RegisterOlder -> "register_older"
        is SluicegateException.VaultUnavailable -> "vault_unavailable"
        is SluicegateException.Host -> "host"
        is SluicegateException.Crypto -> "crypto"
    }
    return json("error" to kind, "field" to error.message?.substringBefore(':'), "message" to error.message)
}

/**
 * The outcome of a share. What this machine has no value of, if it is one of [machine], counts as released on the
 * ground that stands there: whether a computer has a model is no matter of the gate's.
 */
fun result(outcome: Outcome, machine: JsonObject, again: Boolean): JsonElement {
    val permitted = outcome as? Outcome.Permitted
    val held = outcome as? Outcome.Withheld
    val released = permitted?.released.orEmpty().associate { it.item to json(it.ground) }.toMutableMap()
    val (elsewhere, stayed) = (permitted?.withheld ?: held?.withheld).orEmpty()
        .partition { permitted != null && it.reason == "absent" && machine.has(it.item) }
    elsewhere.forEach { released[it.item] = machine[it.item] }
    return json(
        "outcome" to if (permitted != null) "permitted" else "withheld",
        "row" to (permitted?.row ?: held?.row),
        "delivery" to permitted?.delivery?.kind,
        "again" to again,
        "entry" to (permitted?.entry ?: held?.entry),
        "released" to released,
        "withheld" to stayed.associate { it.item to it.reason },
        "remedies" to stayed.associate { it.item to remedy(it.remedy) },
    )
}

val Delivery.kind: String
    get() = when (this) {
        is Delivery.Payload -> "payload"
        is Delivery.Permit -> "permit"
        is Delivery.Batch -> "batch"
    }

val Delivery.content: String
    get() = when (this) {
        is Delivery.Payload -> text
        is Delivery.Permit -> text
        is Delivery.Batch -> text
    }

private fun remedy(remedy: Remedy): JsonElement = when (remedy) {
    is Remedy.AcceptNotice -> json("by" to "accept_notice", "version" to remedy.version)
    is Remedy.Wait -> json("by" to "wait", "until" to remedy.until)
    Remedy.Nothing -> json("by" to "nothing")
    Remedy.Vault -> json("by" to "vault")
    Remedy.Grant -> json("by" to "grant")
    Remedy.Guardian -> json("by" to "guardian")
    Remedy.SignedRequest -> json("by" to "signed_request")
    Remedy.PartyKey -> json("by" to "party_key")
    Remedy.Enrol -> json("by" to "enrol")
    Remedy.Provide -> json("by" to "provide")
    Remedy.RequiredItem -> json("by" to "required_item")
    Remedy.Retry -> json("by" to "retry")
}

fun result(recorded: Recorded): JsonElement = when (recorded) {
    Recorded.Queued -> json("recorded" to "queued")
    is Recorded.NotKept -> json("recorded" to "not_kept", "reason" to recorded.reason)
}

fun result(answers: Answers): JsonElement = json(
    "generation" to answers.generation,
    "notice_version" to answers.noticeVersion,
    "notice_language" to answers.noticeLanguage,
    "current" to answers.current,
    "given" to answers.given.map {
        json(
            "about" to parts(it.subject), "state" to it.state, "separate" to it.separate, "at" to it.at,
            "expires" to it.expires, "notice_version" to it.noticeVersion, "guardian" to it.guardian,
        )
    },
)

fun result(explanation: Explanation): JsonElement = json(
    "row" to explanation.row,
    "recipient" to explanation.recipient,
    "contact" to explanation.contact,
    "policy" to explanation.policy,
    "purpose" to explanation.purpose,
    "retention" to explanation.retention,
    "sensitive_because" to explanation.sensitiveBecause,
    "how_to_refuse" to explanation.howToRefuse,
    "items" to explanation.items.associate {
        it.item to json(
            "label" to it.label, "ground" to it.ground, "required" to it.required, "sensitive" to it.sensitive,
            "linkable" to it.linkable, "released" to it.released, "reason" to it.reason, "because" to it.because,
        )
    },
    "questions" to explanation.questions.map {
        json("about" to parts(it.subject), "items" to it.items, "state" to it.state, "not_before" to it.notBefore)
    },
)

private fun parts(subject: Subject) = listOfNotNull(subject.row, subject.party, subject.item)
