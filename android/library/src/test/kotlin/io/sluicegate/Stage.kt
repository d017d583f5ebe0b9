// What one case is played on, and how its calls become calls of the bindings.
package io.sluicegate

import com.google.gson.JsonElement
import com.google.gson.JsonObject
import com.google.gson.JsonParser.parseString
import io.sluicegate.bindings.Options
import io.sluicegate.bindings.Outcome
import io.sluicegate.bindings.Sluicegate
import io.sluicegate.bindings.SluicegateException
import io.sluicegate.bindings.version
import java.io.File
import java.nio.file.Files

class Stage : AutoCloseable {
    private class Handed(val kind: String, val text: String, val released: List<String>)

    private val folder = Files.createTempDirectory("sluicegate-case").toFile()
    private val machine = Case.names["machine"].asJsonObject
    private val host = CaseHost()
    private val platform = CasePlatform()
    private var gate: Sluicegate? = null
    private val handed = mutableListOf<Handed>()
    private var outbox = listOf<ULong>()

    /** The result of the call as JSON, in the words of the case files. */
    fun play(step: Step): JsonElement = try {
        play(step.call, Arguments(step.arguments))
    } catch (error: SluicegateException) {
        result(error)
    }

    override fun close() {
        closeGate()
        folder.deleteRecursively()
    }

    private fun closeGate() {
        gate?.close()
        gate = null
    }

    private fun play(call: String, arguments: Arguments): JsonElement = when (call) {
        "version" -> json("version" to version())
        "host" -> setHost(arguments)
        "host_was_asked" -> hostWasAsked()
        "lock" -> done { platform.locked = true }
        "unlock" -> done { platform.locked = false }
        "copy_folder" -> done { copy("vault", "copy") }
        "restore_folder" -> done { copy("copy", "vault") }
        "block_folder" -> done { File(folder, "vault").writeText("in the way") }
        "open" -> done { open(arguments) }
        "receive" -> receive(arguments)
        in CALLS -> call(call, gate ?: throw BadCase("a case opens the gate first"), arguments)
        else -> throw BadCase("no such call: $call")
    }

    private fun call(call: String, gate: Sluicegate, arguments: Arguments): JsonElement {
        val at = arguments.at()
        fun account() = arguments.text("account")
        fun generation(generation: ULong) = json("generation" to generation)
        return when (call) {
            "accept_notice" -> {
                val version = (arguments.integer("version") ?: 1).toUInt()
                generation(gate.acceptNotice(account(), version, arguments.act()))
            }
            "grant" -> generation(gate.grant(account(), arguments.about(), arguments.act()))
            "refuse" -> generation(gate.refuse(account(), arguments.about(), arguments.act()))
            "withdraw" -> generation(gate.withdraw(account(), arguments.about(), arguments.act()))
            "asked" -> generation(gate.asked(account(), arguments.about(), arguments.act()))
            "answers" -> result(gate.answers(account(), at))
            "explain" -> result(gate.explain(arguments.explainAsk()))
            "share" -> share(gate, arguments)
            "record_event" ->
                (0 until (arguments.integer("times") ?: 1)).map { result(gate.recordEvent(arguments.event(it))) }.last()
            "enroll" -> done { enroll(gate, arguments) }
            "ledger" -> json("size" to gate.ledger(at).size)
            "verify_ledger" -> parseString(DemoController.verifyLedger(gate.exportLedger(at)))
            "prove" -> json("form" to gate.prove(arguments.integer("index")!!.toULong(), at).lineSequence().first())
            "outbox" -> lookAtOutbox(gate, at)
            "acknowledge" -> done { gate.acknowledge(outbox, at) }
            "confirm_time" -> done { gate.confirmTime(at) }
            "export_account" -> parseString(gate.exportAccount(account(), at))
            "erase" -> json("erased" to gate.erase(account(), at))
            "reads" -> {
                val counted = gate.reads(at).filterNot { machine.has(it.item) }.groupBy { it.row }
                json("counts" to counted.mapValues { (_, reads) -> reads.associate { it.item to it.count } })
            }
            else -> throw BadCase("no such call: $call")
        }
    }

    private fun setHost(arguments: Arguments) = done {
        host.values += arguments.values("values")
        host.unasked = arguments.values("unasked")
        host.fails = arguments.flag("fails")
        host.meanwhile = arguments.step("meanwhile")?.let { step ->
            { difference(step.expect, play(step), "$.meanwhile")?.let { throw BadCase(it) } }
        }
    }

    private fun hostWasAsked(): JsonElement {
        val asked = host.asked
        host.asked = mutableListOf()
        val items = asked.flatMap { it.items }.filterNot(machine::has).sorted()
        return json("times" to asked.size, "items" to items)
    }

    /** Copies the vault's folder away, or back. The gate is closed for it. */
    private fun copy(from: String, to: String) {
        closeGate()
        File(folder, to).deleteRecursively()
        File(folder, from).copyRecursively(File(folder, to))
    }

    private fun open(arguments: Arguments) {
        closeGate()
        val place = arguments.optional("place") ?: "memory"
        val key = arguments.optional("controller_key") ?: File(Case.folder, "keys/controller.jwk").readText()
        val vault = File(folder, "vault").path.takeIf { place != "memory" }
        val options = Options(arguments.text("register"), key, vault, arguments.at())
        val signer = if (arguments.flag("broken_signer")) BrokenSigner() else null
        gate = Sluicegate.open(options, host, platform.takeIf { place == "platform" }, signer)
    }

    private fun share(gate: Sluicegate, arguments: Arguments): JsonElement {
        val outcome = gate.share(arguments.ask())
        var again = false
        if (outcome is Outcome.Permitted) {
            val delivery = outcome.delivery
            again = handed.any { it.text == delivery.content }
            handed += Handed(delivery.kind, delivery.content, outcome.released.map { it.item }.sorted())
        }
        return result(outcome, machine, again)
    }

    /** Asks for a certificate, has it made by the demo's controller, and hands it in, for the party or another one. */
    private fun enroll(gate: Sluicegate, arguments: Arguments) {
        val party = arguments.text("party")
        val certificate = DemoController.certify(gate.enroll(party, arguments.text("nonce"), arguments.at()), arguments.at())
        gate.completeEnrolment(arguments.optional("hand_in_for") ?: party, certificate, arguments.at())
    }

    /** What the party sees of the last delivery. */
    private fun receive(arguments: Arguments): JsonElement {
        val last = handed.last()
        val received = DemoController.receive(last.kind, last.text, arguments.text("party"), arguments.at())
        return parseString(received).asJsonObject.also {
            it.addProperty("as_released", it["names"] == json(last.released))
        }
    }

    private fun lookAtOutbox(gate: Sluicegate, at: Long): JsonElement {
        val items = gate.outbox(50u, at)
        outbox = items.map { it.id }
        return json(
            "items" to items.map {
                json("to" to it.to, "kind" to it.kind, "body" to parseString(DemoController.openMessage(it.body, it.to)))
            },
        )
    }

    private fun done(work: () -> Unit): JsonObject {
        work()
        return json("done" to true).asJsonObject
    }

    companion object {
        /** What the gate is asked; the rest is done around it. */
        private val CALLS = setOf(
            "accept_notice", "grant", "refuse", "withdraw", "asked", "answers", "explain", "share", "record_event",
            "enroll", "ledger", "verify_ledger", "prove", "outbox", "acknowledge", "confirm_time", "export_account",
            "erase", "reads",
        )
    }
}
