// The app and the platform of a case: a host that gives what the case says, and a keeper of keys that can be locked.
package io.sluicegate

import io.sluicegate.bindings.CallFailed
import io.sluicegate.bindings.Provider
import io.sluicegate.bindings.Platform
import io.sluicegate.bindings.Provided
import io.sluicegate.bindings.Signer
import io.sluicegate.bindings.Value
import io.sluicegate.bindings.Wanted

/** Gives the values that it was told, and remembers what it was asked for. */
class CaseHost : Provider {
    val values = mutableMapOf<String, Value?>()
    var unasked = mapOf<String, Value?>()
    var fails = false
    var asked = mutableListOf<Wanted>()
    var meanwhile: (() -> Unit)? = null

    override fun provide(wanted: Wanted): List<Provided> {
        meanwhile?.invoke()
        asked.add(wanted)
        if (fails) throw CallFailed.Failed("the shop's provider is down")
        val given = wanted.items.filter(values::containsKey).map { Provided(it, values[it]) }
        return given + unasked.map { (item, value) -> Provided(item, value) }
    }
}

/** Keeps keys and the anchor in memory. A wrapped key is the plain one here: what a case looks at is when it is asked. */
class CasePlatform : Platform {
    var locked = false
    private val keys = mutableSetOf<String>()
    private var anchor: ByteArray? = null

    override fun createKey(alias: String) = unlocked { keys.add(alias) }.let {}

    override fun wrap(alias: String, plain: ByteArray) = under(alias, plain)

    override fun unwrap(alias: String, wrapped: ByteArray) = under(alias, wrapped)

    override fun deleteKey(alias: String) = unlocked { keys.remove(alias) }.let {}

    override fun loadAnchor() = unlocked { anchor }

    override fun storeAnchor(anchor: ByteArray) = unlocked { this.anchor = anchor }

    private fun under(alias: String, bytes: ByteArray) =
        unlocked { if (alias in keys) bytes else throw CallFailed.Missing() }

    private fun <T> unlocked(work: () -> T): T = if (locked) throw CallFailed.Locked() else work()
}

/** A platform's signer that is out of order. */
class BrokenSigner : Signer {
    override fun publicKey(party: String) = throw CallFailed.Failed("no secure hardware")

    override fun sign(party: String, digest: ByteArray) = throw CallFailed.Failed("no secure hardware")
}
