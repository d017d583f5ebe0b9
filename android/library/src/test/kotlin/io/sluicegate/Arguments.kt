// The arguments of a step as the library takes them.
package io.sluicegate

import com.google.gson.JsonElement
import com.google.gson.JsonObject
import io.sluicegate.bindings.Act
import io.sluicegate.bindings.AdEvent
import io.sluicegate.bindings.Age
import io.sluicegate.bindings.Ask
import io.sluicegate.bindings.ExplainAsk
import io.sluicegate.bindings.Party
import io.sluicegate.bindings.Subject
import io.sluicegate.bindings.Value

class Arguments(private val json: JsonObject) {
    fun text(name: String) = optional(name) ?: throw BadCase("the step needs $name")

    fun optional(name: String): String? = json[name]?.takeUnless { it.isJsonNull }?.asString

    fun integer(name: String): Long? = json[name]?.asLong

    fun flag(name: String) = json[name]?.asBoolean ?: false

    fun step(name: String) = json[name]?.let { Step.read(it.asJsonObject) }

    /** Cases count days and seconds from 2026-11-24T12:00:00Z. */
    fun at() = 1_795_521_600_000 + ((integer("day") ?: 0) * 86_400 + (integer("at") ?: 0)) * 1000

    fun act() = Act(at(), optional("language") ?: "zh", "case", flag("guardian"))

    fun about() = json["about"].asJsonArray.map { subject ->
        val parts = subject.asJsonArray.map { it.asString }
        Subject(parts[0], parts[1], parts.getOrNull(2))
    }

    fun ask() = Ask(
        text("account"), age(), text("scenario"), party(), optional("order"), (integer("attempt") ?: 1).toUInt(),
        text("nonce"), optional("request"), at(),
    )

    fun explainAsk() = ExplainAsk(text("account"), age(), text("scenario"), party(), text("language"), at())

    fun event(number: Long) = AdEvent(
        text("account"), age(), text("scenario"), party(), "${text("id")}-$number", text("item"), text("content"), at(),
    )

    fun values(name: String): Map<String, Value?> =
        json[name]?.asJsonObject?.entrySet().orEmpty().associate { (item, value) -> item to readValue(value) }

    private fun age() = when (val age = text("age")) {
        "under_14" -> Age.UNDER14
        "over_14" -> Age.OVER14
        "unknown" -> Age.UNKNOWN
        else -> throw BadCase("age: $age")
    }

    private fun party(): Party {
        val party = Arguments(json["party"].asJsonObject)
        return Party(party.text("recipient"), party.text("id"), party.optional("key"), party.optional("card"))
    }
}

/** The value of an item as case files write it. */
private fun readValue(value: JsonElement): Value? = when {
    value.isJsonNull -> null
    value.isJsonArray -> {
        val list = value.asJsonArray.map { it.asJsonPrimitive }
        if (list.all { it.isNumber }) Value.Integers(list.map { it.asLong }) else Value.Texts(list.map { it.asString })
    }
    value.isJsonObject -> when (value.asJsonObject["verdict"].asString) {
        "detected" -> Value.Detected(value.asJsonObject["confidence"].asInt.toUByte())
        "not_detected" -> Value.NotDetected
        else -> Value.NotEvaluable(value.asJsonObject["reason"].asString)
    }
    value.asJsonPrimitive.isBoolean -> Value.Boolean(value.asBoolean)
    value.asJsonPrimitive.isNumber -> Value.Integer(value.asLong)
    else -> Value.Text(value.asString)
}
