"""An exemption rests on what is known before leaving, or on what is known later, never on half of each."""

import pytest

from riskgen.core.conditions import All, Operator, Test
from riskgen.core.struct import replace
from riskgen.library.check import policy_laws
from riskgen.library.load import Library

PLAN = Test("contact.unanswered", Operator.IS, True)
DOOR = Test("door.parent_present", Operator.IS, True)


@pytest.mark.parametrize(("unless", "faults"), [(PLAN, 0), (DOOR, 0), (All((PLAN, DOOR)), 1)])
def test_mixed_exemption_is_a_fault(library: Library, unless: Test | All, faults: int) -> None:
    policy = library.policies["bchs"][-1]
    changed = replace(policy, clauses=(replace(policy.clauses[2], unless=unless),))
    assert [problem.code for problem in policy_laws(changed, library)] == ["clause-unless"] * faults
