// What one case is played on, and how its calls become calls of the bindings.
package io.sluicegate

import com.google.gson.JsonElement
import com.google.gson.JsonObject
import io.sluicegate.bindings.version

class Stage {
    /** The result of the call as JSON, in the words of the case files. */
    fun play(step: Step): JsonElement = when (step.call) {
        "version" -> JsonObject().apply { addProperty("version", version()) }
        else -> throw BadCase("no such call: ${step.call}")
    }
}
