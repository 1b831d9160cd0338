"""A visit that is assessed again after people have decided on it: its forms and the screen say what its pack and `show`
say of it right afterwards, under each policy."""

import re
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from usual import ROUTINE

REF = "RA-2026-0001"
START = "2026-06-17 10:30"
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
OFFICE, TRAVELLING, ASSESSMENT = "intent-to-visit-office", "intent-to-visit-travelling", "risk-assessment"
NOBODY = "Nobody has authorised the visit in the register"
REASON = "The child cannot wait until next week."

pytestmark = pytest.mark.of_a_file("the forms are files")


def text(folder: Path, form: str) -> str:
    """All that a form says, in one line, but for its number in a pack."""
    with zipfile.ZipFile(next(folder.glob(f"*{form}*.docx"))) as package:
        roots = [ElementTree.fromstring(package.read(name)) for name in package.namelist() if name.endswith(".xml")]
    lines = ("".join(node.text or "" for node in item.iter(f"{W}t")) for root in roots for item in root.iter(f"{W}p"))
    return re.sub(r"Form \d+ of \d+", "Not part of a pack", " ".join(" ".join(lines).split()))


def opened(open_school: Callable[..., Any], name: str, **changes: object) -> Any:
    school = open_school(name)
    school.at("2026-06-16 14:00")
    purpose, usual = ROUTINE[name]
    plan = school.intake(purpose, usual, visit__leave_at="10:10", visit__back_at="11:30", **changes)
    school.assess(*plan, start=START)
    return school


def decided(open_school: Callable[..., Any], name: str) -> Any:
    """A visit that was referred, since nobody has asked whether a visitor objects, and that a person has decided."""
    school = opened(open_school, name, staff__objects=None)
    school.as_("S-01", "override", REF, "--reason", REASON, typed="y\n")
    return school


def settled(open_school: Callable[..., Any], name: str) -> Any:
    """A visit that may go ahead and is authorised."""
    school = opened(open_school, name)
    school.authorise(REF, "S-01")
    return school


def stands(school: Any, told: Any) -> str:
    """How the visit stands by what assessing it again said and wrote, which is what `show` and the pack say of it."""
    shown = " ".join(school("show", REF).out.split())
    words = re.search(r"Now stands at .*?(?= What happened| Assessed again)", shown)
    assert words is not None
    assert words[0] in told
    for heading in ("Authorised - By", "Overridden by a person"):
        assert (heading in shown) == (heading in told)
    school.as_("S-10", "pack", REF, "--force")
    written = school.folder / "visits" / REF
    for form in (OFFICE, TRAVELLING, ASSESSMENT):
        if list((written / "pack").glob(f"*{form}*.docx")):
            assert text(written, form) == text(written / "pack", form)
    return str(school("show", REF, "--json").json["standing"])


@pytest.mark.parametrize("name", ROUTINE)
def test_a_decision_that_holds_is_counted_in(open_school: Callable[..., Any], name: str) -> None:
    school = decided(open_school, name)
    told = school.again(REF)
    assert stands(school, told) == "proceed-with-conditions"
    assert "by S-01's decision; computed: REFER" in told
    assert "nobody goes yet" not in told
    assert f"When they leave: riskgen depart {REF}" in told
    assert REASON in text(school.folder / "visits" / REF, ASSESSMENT)


@pytest.mark.parametrize("name", ROUTINE)
def test_a_decision_whose_ground_has_gone_counts_no_longer(open_school: Callable[..., Any], name: str) -> None:
    school = decided(open_school, name)
    told = school.again(REF, history__violence_reported="yes")
    assert stands(school, told) in ("refer", "do-not-visit")
    assert "What a person decided on it before no longer holds" in told
    assert "It no longer holds: what it was given for has changed." in told
    assert "Next: nobody goes" in told
    assert "No longer holds: the visit has changed since" in text(school.folder / "visits" / REF, ASSESSMENT)


@pytest.mark.parametrize("name", ROUTINE)
def test_an_authorisation_that_holds_is_counted_in(open_school: Callable[..., Any], name: str) -> None:
    school = settled(open_school, name)
    told = school.again(REF)
    assert school.happened(REF)[-2:] == ["assessed", "approval-kept"]
    stands(school, told)
    assert "It holds today." in told
    assert "The authorisation still holds." in told
    for form in (OFFICE, TRAVELLING, ASSESSMENT):
        assert "Authorised by Avery" in text(school.folder / "visits" / REF, form)
        assert NOBODY not in text(school.folder / "visits" / REF, form)


@pytest.mark.parametrize("name", ROUTINE)
def test_of_an_authorisation_that_lapses_the_reason_is_told_at_school_alone(
    open_school: Callable[..., Any], name: str
) -> None:
    school = settled(open_school, name)
    told = school.again(REF, travel__dark="yes")
    stands(school, told)
    assert "Its authorisation has lapsed." in told
    changed = school("show", REF, "--json").json["lapsed_by"][0]
    assert f"{changed['label']}: it was “{changed['before']}”, it is now “{changed['after']}”." in told
    written = school.folder / "visits" / REF
    for form in (OFFICE, ASSESSMENT):
        assert f"has lapsed: this has changed since: “{changed['label']}”. Ask again." in text(written, form)
    assert "has lapsed: something has changed since. Ask again." in text(written, TRAVELLING)


@pytest.mark.parametrize("name", ROUTINE)
def test_both_are_counted_in(open_school: Callable[..., Any], name: str) -> None:
    school = decided(open_school, name)
    school.authorise(REF, "S-01")
    told = school.again(REF)
    assert school.happened(REF)[-2:] == ["assessed", "approval-kept"]
    assert stands(school, told) == "proceed-with-conditions"
    assert "nobody goes yet" not in told
    assert "The authorisation still holds. Next: print its paper" in told  # nothing else is to be done
    for form in (OFFICE, TRAVELLING, ASSESSMENT):
        assert "Authorised by Avery" in text(school.folder / "visits" / REF, form)


def test_a_visit_that_nobody_decided_on_is_told_of_as_at_first(open_school: Callable[..., Any]) -> None:
    school = opened(open_school, "bchs", staff__objects=None)
    before = {form: text(school.folder / "visits" / REF, form) for form in (OFFICE, TRAVELLING, ASSESSMENT)}
    told = school.again(REF)
    assert before == {form: text(school.folder / "visits" / REF, form) for form in before}
    assert "nobody goes yet" in told
    assert "stands at" not in told


def test_a_rating_that_a_person_has_given_is_counted_in(open_school: Callable[..., Any]) -> None:
    school = opened(open_school, "bchs")
    rated = ("override", REF, "--hazard", "aggression", "--rating", "H", "--reason", REASON)
    school.as_("S-03", *rated, typed="y\n")
    told = school.again(REF)
    assert stands(school, told) != school("show", REF, "--json").json["computed"]
    assert "S-03 made it H" in told
    assert "Next: nobody goes" in told  # though what was worked out would let them


def test_what_lapsed_stays_lapsed_though_the_old_answers_are_put_back(open_school: Callable[..., Any]) -> None:
    school = settled(open_school, "bchs")
    school.again(REF, travel__dark="yes")
    told = school.again(REF, travel__dark="no")
    stands(school, told)
    assert "Its authorisation has lapsed." in told
    changed = school("show", REF, "--json").json["lapsed_by"][0]["label"]
    assert f"has lapsed: this has changed since: “{changed}”" in text(school.folder / "visits" / REF, OFFICE)
