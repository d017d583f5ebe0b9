// The case files that Rust, Kotlin and Swift all play: `tests/cases/*.json`, explained in docs/cases.md.
package io.sluicegate

import com.google.gson.JsonElement
import com.google.gson.JsonObject
import com.google.gson.JsonParser
import java.io.File

class Case(val name: String, val steps: List<Step>) {
    override fun toString() = name

    companion object {
        /** The folder that the property `sluicegate.cases` names. */
        val folder = File(System.getProperty("sluicegate.cases") ?: throw BadCase("sluicegate.cases is not set"))
        val names = Names(folder)

        /** The cases of all files, by file name. */
        fun all(): List<Case> {
            val isCase = { file: File -> file.extension == "json" && file.name !in listOf("names.json", "schema.json") }
            val files = folder.listFiles(isCase).orEmpty().sortedBy { it.name }
            if (files.isEmpty()) throw BadCase("no case file in $folder")
            return files.flatMap { file -> JsonParser.parseString(file.readText()).asJsonObject["cases"].asJsonArray }
                .map { read(it.asJsonObject) }
        }

        private fun read(case: JsonObject) = Case(
            case["name"].asString,
            names.expand(case["steps"]).asJsonArray.map { Step.read(it.asJsonObject) },
        )
    }
}

/** One call and what is expected of it; the call's arguments are the other members. */
class Step(val call: String, val arguments: JsonObject, val expect: JsonElement) {
    companion object {
        fun read(step: JsonObject): Step {
            val arguments = step.deepCopy()
            val call = arguments.remove("call")?.asString ?: throw BadCase("a step without a call")
            val expect = arguments.remove("expect") ?: throw BadCase("$call: nothing is expected")
            return Step(call, arguments, expect)
        }
    }
}

/** A case file that can't be played as it is written. */
class BadCase(message: String) : Exception(message)
