// The other side of the cases, as a program: it certifies keys and opens what was sealed, with the demo keys.
package io.sluicegate

import java.io.File

object DemoController {
    fun certify(request: String, at: Long) = run(request, "certify", "$at")

    fun receive(kind: String, delivery: String, party: String, at: Long) = run(delivery, "receive", kind, party, "$at")

    fun openMessage(message: String, company: String) = run(message, "message", company)

    fun verifyLedger(export: String) = run(export, "ledger")

    /** Runs the program that the property `sluicegate.demo.controller` names: text in, text out. */
    private fun run(input: String, vararg arguments: String): String {
        val program = System.getProperty("sluicegate.demo.controller")
            ?: throw BadCase("sluicegate.demo.controller is not set")
        // A file and not a pipe: neither side ever waits for the other.
        val text = File.createTempFile("demo-controller", ".in")
        try {
            text.writeText(input)
            val process = ProcessBuilder(program, *arguments)
                .redirectInput(text)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start()
            val output = process.inputStream.bufferedReader().readText()
            if (process.waitFor() != 0) throw BadCase("the demo controller refused: ${arguments.joinToString(" ")}")
            return output.trim()
        } finally {
            text.delete()
        }
    }
}
