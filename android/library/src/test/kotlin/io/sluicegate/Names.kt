// Replaces what case files say by name: "@name", "like": "name", "file:…". The rules stand in docs/cases.md.
package io.sluicegate

import com.google.gson.JsonArray
import com.google.gson.JsonElement
import com.google.gson.JsonObject
import com.google.gson.JsonParser
import com.google.gson.JsonPrimitive
import java.io.File

class Names(private val folder: File) {
    private val named = JsonParser.parseString(File(folder, "names.json").readText()).asJsonObject

    /** The named value, with the names in it replaced. */
    operator fun get(name: String): JsonElement =
        expand(named[name] ?: throw BadCase("names.json names no \"$name\""))

    fun expand(value: JsonElement): JsonElement = when {
        isText(value) && value.asString.startsWith("@") -> this[value.asString.drop(1)]
        isText(value) && value.asString.startsWith("file:") ->
            JsonPrimitive(File(folder, value.asString.removePrefix("file:")).readText().trim())
        value.isJsonArray -> JsonArray().apply { value.asJsonArray.flatMap(::spliced).forEach(::add) }
        value.isJsonObject -> expandObject(value.asJsonObject)
        else -> value
    }

    /** A name of a list, in a list, stands for its elements. */
    private fun spliced(element: JsonElement): List<JsonElement> {
        val expanded = expand(element)
        val isName = isText(element) && element.asString.startsWith("@")
        return if (isName && expanded.isJsonArray) expanded.asJsonArray.toList() else listOf(expanded)
    }

    private fun expandObject(value: JsonObject): JsonObject {
        val expanded = value["like"]?.let { this[it.asString].asJsonObject.deepCopy() } ?: JsonObject()
        val (lists, plain) = value.entrySet().filter { it.key != "like" }.partition { it.key.startsWith("@") }
        for ((name, member) in lists) {
            for (item in this[name.drop(1)].asJsonArray) expanded.add(item.asString, expand(member))
        }
        // What stands by itself goes before what stands in a list.
        for ((name, member) in plain) expanded.add(name, expand(member))
        return expanded
    }

    private fun isText(value: JsonElement) = value.isJsonPrimitive && value.asJsonPrimitive.isString
}
