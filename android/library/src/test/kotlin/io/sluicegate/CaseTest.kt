// Plays every case file.
package io.sluicegate

import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.junit.runners.Parameterized

@RunWith(Parameterized::class)
class CaseTest(private val case: Case) {
    @Test
    fun plays() {
        assertTrue("${case.name}: no steps", case.steps.isNotEmpty())
        Stage().use { stage ->
            case.steps.forEachIndexed { index, step ->
                val difference = difference(step.expect, stage.play(step))
                assertNull("${case.name}, step ${index + 1} (${step.call}): $difference", difference)
            }
        }
    }

    companion object {
        @JvmStatic
        @Parameterized.Parameters(name = "{0}")
        fun cases(): List<Case> = Case.all().also { println("${it.size} cases of the case files") }
    }
}
