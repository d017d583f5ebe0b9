// Says where a JSON value is not what was expected.
package io.sluicegate

import com.google.gson.JsonElement

/** Members that have to be all that is expected: an item more or less would be the point. */
private val WHOLE = listOf(".released", ".withheld", ".counts")

/**
 * The first place where [actual] is not what is expected, or null. An object may have more members
 * than are expected of it, unless it is one of [WHOLE]; a list may not.
 */
fun difference(expected: JsonElement, actual: JsonElement?, place: String = "$"): String? = when {
    actual == null -> "$place: expected $expected, found nothing"
    expected.isJsonObject && actual.isJsonObject ->
        expected.asJsonObject.entrySet().firstNotNullOfOrNull { (name, value) ->
            difference(value, actual.asJsonObject[name], "$place.$name")
        } ?: actual.asJsonObject.entrySet()
            .firstOrNull { (name, _) -> WHOLE.any(place::endsWith) && !expected.asJsonObject.has(name) }
            ?.let { (name, value) -> "$place.$name: not expected, found $value" }
    expected.isJsonArray && actual.isJsonArray && expected.asJsonArray.size() == actual.asJsonArray.size() ->
        expected.asJsonArray.zip(actual.asJsonArray).withIndex().firstNotNullOfOrNull { (index, pair) ->
            difference(pair.first, pair.second, "$place[$index]")
        }
    isSame(expected, actual) -> null
    else -> "$place: expected $expected, found $actual"
}

/** Gson compares numbers as doubles, in which neighbouring 64-bit integers are the same. */
private fun isSame(one: JsonElement, other: JsonElement) =
    if (isNumber(one) && isNumber(other)) one.asBigDecimal.compareTo(other.asBigDecimal) == 0 else one == other

private fun isNumber(element: JsonElement) = element.isJsonPrimitive && element.asJsonPrimitive.isNumber
