"""Who may authorise and override, what that does, and that nobody decides on a visit of their own.

On both databases.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from riskgen.core.approval import DECISION
from riskgen.core.assess import assess
from riskgen.core.marker import Kind
from riskgen.core.model import Intake, Policy, RegisterPlace
from riskgen.core.struct import replace
from riskgen.core.terms import Outcome
from riskgen.core.timers import to_utc
from riskgen.core.visit import State, Visit, Who
from riskgen.service import clock
from riskgen.service.authorising import OverrideProposal, authorise, may_reset, override, propose, propose_override
from riskgen.service.desk import Desk, open_desk
from riskgen.service.faults import InvalidInput, Refused
from riskgen.service.homes import Home, make_home, open_home
from riskgen.service.markers import Draft, add_marker
from riskgen.service.moves import may_leave
from riskgen.service.recording import record_assessment
from riskgen.service.standing import Weighed, weigh
from riskgen.service.visits import Decided

OFFICE = Who("S-10", "front-desk", "passphrase")
CONDITIONS, REFER, FORBID = Outcome.PROCEED_WITH_CONDITIONS, Outcome.REFER, Outcome.DO_NOT_VISIT


def proved(person: str) -> Who:
    return Who(person, "front-desk", "passphrase")


@dataclass
class Office:
    """A school's office under one policy, an hour before the routine visit of that policy."""

    home: Home
    desk: Desk
    intake: Intake
    now: datetime

    @property
    def policy(self) -> Policy:
        start = self.intake.start
        assert start is not None
        found = self.home.library.edition_on(self.home.school.policy, start.date())
        assert found is not None
        return found

    def assessed(self, *visitors: str, reference: str = "", after_the_fact: str = "", **answers: Any) -> str:
        self.intake = replace(
            self.intake,
            answers={**self.intake.answers, **{name.replace("__", ".", 1): value for name, value in answers.items()}},
        )
        if visitors:
            staff = tuple(person for person in self.home.school.staff if person.id in visitors)
            self.intake = replace(self.intake, visitors=staff)
        decided = Decided(self.intake, self.policy, assess(self.intake, self.policy, self.home.catalogue))
        return record_assessment(
            self.home,
            self.desk,
            decided,
            OFFICE,
            reference=reference,
            after_the_fact=after_the_fact,
            force=True,
        ).reference

    def authorised(self, reference: str, by: str) -> Visit:
        return authorise(self.desk, propose(self.home, self.desk, reference, by), proved(by))

    def proposed(self, reference: str, by: str, what: str = DECISION, to: str = "") -> OverrideProposal:
        return propose_override(self.home, self.desk, reference, by, what, to)

    def overridden(self, reference: str, by: str, what: str = DECISION, to: str = "") -> Visit:
        return override(self.desk, self.proposed(reference, by, what, to), "a reason in writing", proved(by))

    def outcome(self, reference: str) -> Outcome:
        return self.weighed(reference).standing.outcome

    def weighed(self, reference: str) -> Weighed:
        visit = self.desk.visit(reference)
        with self.desk.register.read() as reader:
            return weigh(self.home, reader, visit)

    def refused(self, reference: str, by: str) -> Refused:
        with pytest.raises(Refused) as refused:
            propose(self.home, self.desk, reference, by)
        assert "Nothing was saved." in str(refused.value) + refused.value.after
        return refused.value


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Home]:
    made: dict[str, Home] = {}

    def home(policy: str) -> Home:
        if policy not in made:
            folder = tmp_path_factory.mktemp("authorising") / policy
            make_home(folder, policy, force=False)
            made[policy] = open_home(folder)
        return made[policy]

    return home


@pytest.fixture
def office_of(
    homes: Callable[[str], Home],
    routine: Mapping[str, Intake],
    register_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Callable[[str], Office]]:
    monkeypatch.setattr("riskgen.forms.render.render", lambda form, context, made_at, logo: form.id.encode())
    with ExitStack() as stack:

        def office(policy: str) -> Office:
            home = homes(policy)
            (tmp_path / "templates").symlink_to(home.templates)
            (tmp_path / "data").symlink_to(home.folder / "data")
            intake = routine[policy]
            assert intake.start is not None
            now = to_utc(intake.start, home.school.timezone) - timedelta(hours=1)
            home = replace(home, folder=tmp_path, school=replace(home.school, register=RegisterPlace(register_url)))
            desk = stack.enter_context(open_desk(tmp_path, home.school))
            made = Office(home, desk, intake, now)
            monkeypatch.setattr(clock, "utc_now", lambda: max(made.now, datetime.now(UTC)))
            return made

        yield office


@pytest.fixture
def office(office_of: Callable[[str], Office]) -> Office:
    return office_of("bchs")


# --- who may ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("policy", "by", "clause"),
    [("bchs", "S-03", "BC-02"), ("robert-ogden", "S-01", "RO-10"), ("st-patricks", "S-02", "SP-01")],
)
def test_whom_the_policy_names_authorises_under_its_clause(
    office_of: Callable[[str], Office], policy: str, by: str, clause: str
) -> None:
    office = office_of(policy)
    visit = office.authorised(office.assessed(), by)
    assert visit.state is State.AUTHORISED
    assert visit.authorised is not None
    body = visit.authorised.body
    assert body is not None
    assert (visit.authorised.who.staff, body["clause"], body["by_policy"]) == (by, clause, True)
    assert body["names"] == [person.id for person in office.intake.visitors]


@pytest.mark.parametrize(
    ("policy", "by"), [("bchs", "S-10"), ("robert-ogden", "S-02"), ("st-patricks", "S-03"), ("heather-avenue", "S-10")]
)
def test_whom_nobody_names_does_not_authorise(office_of: Callable[[str], Office], policy: str, by: str) -> None:
    office = office_of(policy)
    if policy == "st-patricks":  # a senior leader goes, so only the headteacher may (SP-02)
        office.assessed("S-02", "S-07")
    reference = office.assessed()
    words = str(office.refused(reference, by))
    assert words.startswith(f"{by} may not authorise this visit")
    assert "May do so: S-01" in words
    assert office.desk.visit(reference).state is State.ASSESSED


@pytest.mark.parametrize("policy", ["heather-avenue", "le-rocquier"])
def test_where_the_policy_names_nobody_the_school_s_own_roles_stand_in(
    office_of: Callable[[str], Office], policy: str
) -> None:
    office = office_of(policy)
    proposal = propose(office.home, office.desk, office.assessed(), "S-02")
    assert (proposal.by_policy, proposal.rule.clause) == (False, "")
    body = authorise(office.desk, proposal, proved("S-02")).authorised.body  # type: ignore[union-attr]
    assert body is not None
    assert body["by_policy"] is False


def test_where_neither_names_anybody_nobody_authorises(office_of: Callable[[str], Office]) -> None:
    office = office_of("heather-avenue")
    office.home = replace(office.home, school=replace(office.home.school, fallback_authorise=()))
    assert "Name the school's own roles" in str(office.refused(office.assessed(), "S-01"))


def test_nobody_authorises_a_visit_of_their_own(office: Office) -> None:
    reference = office.assessed("S-02", "S-07")
    assert "a visit of their own" in str(office.refused(reference, "S-02"))
    with pytest.raises(Refused, match="a visit of their own"):
        office.proposed(reference, "S-02", "driving", "M")
    office.overridden(reference, "S-03")  # the policy does not say who authorises a visit of a senior leader
    assert office.authorised(reference, "S-03").state is State.AUTHORISED


def test_nobody_decides_in_the_name_of_somebody_else(office: Office) -> None:
    proposal = propose(office.home, office.desk, office.assessed(), "S-01")
    for somebody in (proved("S-02"), Who("", "front-desk", ""), Who("S-01", "front-desk", "")):
        with pytest.raises(ValueError, match="in the name of"):
            authorise(office.desk, proposal, somebody)


def test_somebody_who_is_not_in_the_directory_is_told(office: Office) -> None:
    with pytest.raises(InvalidInput):
        propose(office.home, office.desk, office.assessed(), "S-99")


# --- what may be authorised ------------------------------------------------------------------------


def test_a_visit_that_is_referred_is_decided_before_it_is_authorised(office: Office) -> None:
    reference = office.assessed(agency__joint_visit=True)
    assert office.outcome(reference) is REFER
    refused = office.refused(reference, "S-01")
    assert "riskgen override" in str(refused)
    assert refused.reasons


def test_a_visit_that_must_not_be_made_is_never_authorised(office_of: Callable[[str], Office]) -> None:
    office = office_of("st-patricks")
    reference = office.assessed(history__violence_reported=True)
    assert office.outcome(reference) is FORBID
    assert "must not be made" in str(office.refused(reference, "S-01"))


def test_what_has_changed_since_it_was_assessed_is_assessed_again_first(office: Office) -> None:
    reference = office.assessed()
    first, *others = office.home.library.hazards
    library = replace(office.home.library, hazards=(replace(first, source="edited"), *others))
    office.home = replace(office.home, library=library)
    refused = office.refused(reference, "S-01")
    assert refused.reasons == (
        "The hazards, the risk matrix or the questions: it was “as they were”, it is now “edited since”.",
    )
    assert "riskgen assess --reference" in refused.after


def test_a_change_of_the_staff_directory_is_assessed_again_first(office: Office) -> None:
    reference = office.assessed(travel__by_car=True, travel__driver="S-07")
    staff = tuple(
        replace(person, vehicle="", registration="") if person.id == "S-07" else person
        for person in office.home.school.staff
    )
    office.home = replace(office.home, school=replace(office.home.school, staff=staff))
    assert len(office.refused(reference, "S-01").reasons) == 1


def test_conditions_that_remain_are_kept_with_the_authorisation(office: Office) -> None:
    visit = office.authorised(office.assessed(told__manager_address=False), "S-01")
    assert visit.authorised is not None
    assert visit.authorised.body is not None
    assert len(visit.authorised.body["conditions"]) == 1
    with pytest.raises(Refused):
        may_leave(office.home, office.desk, visit.reference)


def test_a_visit_that_went_out_first_is_authorised_as_given_afterwards(office: Office) -> None:
    office.now += timedelta(hours=3)
    reference = office.assessed(after_the_fact="no time")
    assert office.desk.visit(reference).state is State.OUT
    visit = office.authorised(reference, "S-01")
    assert (visit.state, visit.after_the_fact) == (State.OUT, "no time")
    assert visit.authorised is not None
    assert visit.authorised.body is not None
    assert visit.authorised.body["after_the_fact"] is True


def test_of_two_who_authorise_at_once_one_is_told(office: Office) -> None:
    reference = office.assessed()
    one, other = (propose(office.home, office.desk, reference, by) for by in ("S-01", "S-02"))
    authorise(office.desk, one, proved("S-01"))
    with pytest.raises(Refused, match="Somebody else has just changed"):
        authorise(office.desk, other, proved("S-02"))


# --- overrides -------------------------------------------------------------------------------------


def referred(office: Office) -> str:
    return office.assessed(agency__joint_visit=True)


def test_a_referral_is_decided_with_a_reason_and_both_are_kept(office: Office) -> None:
    reference = referred(office)
    visit = office.overridden(reference, "S-01")
    body = visit.overrides[0].body
    assert body is not None
    assert (body["what"], body["reason"]) == (DECISION, "a reason in writing")
    assert (body["computed"], body["outcome"]) == (REFER.id, office.outcome(reference).id)
    assert office.outcome(reference) is CONDITIONS
    assert not any(reason.outcome is REFER for reason in office.weighed(visit.reference).standing.open)
    assert office.authorised(reference, "S-02").state is State.AUTHORISED


def test_until_somebody_decides_the_referral_stands(office: Office) -> None:
    reference = referred(office)
    office.proposed(reference, "S-01")
    assert office.outcome(reference) is REFER


def test_a_decision_lapses_when_an_answer_changes(office: Office) -> None:
    reference = referred(office)
    office.overridden(reference, "S-01")
    office.assessed(reference=reference, history__concern=True)
    assert office.outcome(reference) is REFER
    weighed = office.weighed(reference)
    assert (len(weighed.overrides), len(weighed.lapsed_overrides)) == (0, 1)
    with pytest.raises(Refused) as refused:
        may_leave(office.home, office.desk, reference)
    assert any("S-01 decided" in reason for reason in refused.value.reasons)


def test_a_marker_that_was_put_on_meanwhile_counts_before_a_decision_is_said_to_hold(office: Office) -> None:
    reference = office.assessed(family__reference="F-2001", agency__joint_visit=True)
    office.overridden(reference, "S-01")
    today = office.now.date()
    draft = Draft("F-2001", Kind.VIOLENCE, "A visitor was pushed", today, "Gray", today + timedelta(days=90), True, "")
    add_marker(office.desk, draft, proved("S-01"))
    before = office.desk.visit(reference)
    with pytest.raises(Refused, match="is no longer as it was assessed"):
        office.assessed(reference=reference)
    assert office.desk.visit(reference) == before


def test_a_rating_is_raised_and_lowered_again(office: Office) -> None:
    reference = office.assessed()
    hazard = office.weighed(reference).now.assessment.hazards[0]
    bands = office.home.catalogue.matrix.ratings
    before = office.outcome(reference)
    raised = office.proposed(reference, "S-01", hazard.id, bands[-1].id)
    assert (raised.rated, raised.after.outcome) == (hazard.residual.rating, bands[-1].demands)
    office.overridden(reference, "S-01", hazard.id, bands[-1].id)
    assert office.outcome(reference) is max(before, bands[-1].demands)
    office.overridden(reference, "S-02", hazard.id, hazard.residual.rating)
    assert office.outcome(reference) is before
    assert len(office.desk.visit(reference).overrides) == 2


def test_a_rating_of_a_visit_that_must_not_be_made_changes_nothing_of_that(office_of: Callable[[str], Office]) -> None:
    office = office_of("st-patricks")
    reference = office.assessed(history__violence_reported=True)
    with pytest.raises(Refused, match="must not be made"):
        office.proposed(reference, "S-01")
    for hazard in office.weighed(reference).now.assessment.hazards:
        lowest = office.home.catalogue.matrix.ratings[0].id
        if hazard.residual.rating != lowest:
            office.overridden(reference, "S-01", hazard.id, lowest)
    assert office.outcome(reference) is FORBID


def test_there_is_no_referral_to_decide_where_nothing_is_referred(office: Office) -> None:
    with pytest.raises(Refused, match="is not referred"):
        office.proposed(office.assessed(), "S-01")


def test_a_hazard_and_a_rating_that_there_are_not_are_both_told(office: Office) -> None:
    with pytest.raises(InvalidInput) as invalid:
        office.proposed(office.assessed(), "S-01", "tiger", "Z")
    assert [problem.code for problem in invalid.value.problems] == ["hazard-unknown", "rating-unknown"]


def test_a_rating_that_is_so_already_is_no_override(office: Office) -> None:
    reference = office.assessed()
    hazard = office.weighed(reference).now.assessment.hazards[0]
    with pytest.raises(Refused, match="already"):
        office.proposed(reference, "S-01", hazard.id, hazard.residual.rating)


def test_no_override_without_a_reason_or_in_the_name_of_somebody_else(office: Office) -> None:
    proposal = office.proposed(referred(office), "S-01")
    for reason, who in (("  ", proved("S-01")), ("a reason", proved("S-02"))):
        with pytest.raises(ValueError, match=r"reason|name of"):
            override(office.desk, proposal, reason, who)
    assert office.desk.visit(proposal.visit.reference).overrides == ()


# --- a new passphrase ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("policy", "may", "may_not"),
    [
        ("bchs", ["S-01", "S-02", "S-03"], ["S-07", "S-10"]),
        ("robert-ogden", ["S-01"], ["S-02", "S-03"]),
        ("heather-avenue", ["S-01", "S-02"], ["S-05"]),
    ],
)
def test_who_may_authorise_may_have_others_choose_a_new_passphrase(
    homes: Callable[[str], Home], policy: str, may: list[str], may_not: list[str]
) -> None:
    staff = {person.id: person for person in homes(policy).school.staff}
    for person in may:
        may_reset(homes(policy), staff[person])
    for person in may_not:
        with pytest.raises(Refused, match="may not do that"):
            may_reset(homes(policy), staff[person])
