// Tests the player of the case files itself.
package io.sluicegate

import com.google.gson.JsonParser.parseString
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNotNull
import org.junit.Assert.assertNull
import org.junit.Assert.assertThrows
import org.junit.Test

class CasePlayerTest {
    @Test
    fun aDifferenceNamesItsPlace() {
        val expected = parseString("""{"items": ["a", {"value": 1}]}""")
        val actual = parseString("""{"items": ["a", {"value": true}]}""")
        assertNull(difference(expected, expected))
        assertEquals("$.items[1].value", difference(expected, actual)?.substringBefore(':'))
    }

    @Test
    fun anObjectMayHaveMoreMembersAListMayNot() {
        val one = parseString("""{"a": null}""")
        assertNull(difference(one, parseString("""{"a": null, "b": null}""")))
        assertNotNull(difference(one, parseString("{}")))
        assertNotNull(difference(parseString("[]"), parseString("[null]")))
        val withheld = parseString("""{"withheld": {"a": "refused"}}""")
        assertNotNull(difference(withheld, parseString("""{"withheld": {"a": "refused", "b": "refused"}}""")))
    }

    @Test
    fun integersAreComparedExactly() {
        assertNotNull(difference(parseString("9007199254740993"), parseString("9007199254740992")))
    }

    @Test
    fun anUnknownCallIsRefused() {
        val step = Step.read(parseString("""{"call": "no_such_call", "expect": null}""").asJsonObject)
        Stage().use { stage -> assertThrows(BadCase::class.java) { stage.play(step) } }
    }
}
