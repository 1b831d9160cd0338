"""Whatever was acknowledged is there after `kill -9`, at whatever moment that comes, on both databases."""

import io
import json
import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from riskgen.cli.main import run
from riskgen.core.visit import Happened, Who
from riskgen.register.schema import sound
from riskgen.register.store import Register, create_register, open_register

ROUNDS, AT_ONCE = 100, 2
COMMANDS = 40
LONGEST = 0.04
"""Seconds from a child's first acknowledgement to its end, at most."""
AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
Tell = Callable[[str], None]

pytestmark = pytest.mark.usefixtures("fork")


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    if request.param == "sqlite":
        return tmp_path / "register.db"
    new_database: Callable[[], str] = request.getfixturevalue("new_database")
    return new_database()


def kill_at_random(children: list[Any], chance: random.Random) -> Iterator[tuple[int, list[str]]]:
    """Kill each at a moment of its own, once it has acknowledged something; how each ended and what it said."""
    firsts = [child.wait_for_a_word() for child in children]
    moments = sorted((chance.uniform(0, LONGEST), number) for number in range(len(children)))
    before = 0.0
    for moment, number in moments:
        time.sleep(moment - before)
        children[number].kill()
        before = moment
    for first, child in zip(firsts, children, strict=True):
        code, said = child.end()
        yield code, [first, *said]


def test_every_acknowledged_event_survives_the_death_of_who_wrote_it(
    where: Path | str, fork: Callable[..., Any], report: Callable[..., None]
) -> None:
    with create_register(where, AT, {}, Who()):
        pass
    chance = random.Random(1)  # noqa: S311  # the same moments each time
    acknowledged: dict[int, tuple[str, str]] = {}
    kills = 0

    def write_on_and_on(name: str) -> Callable[[Tell], int]:
        def work(tell: Tell) -> int:
            with open_register(where) as register:
                for number in range(100_000):
                    subject, text = f"F-{name}", f"{name} {number} {'x' * (number % 50 * 40)}"
                    with register.write() as writer:
                        event = writer.append(subject, Happened.MARKED, AT, Who("S-01"), {"text": text})
                        writer.put_meta("last", text)
                    tell(json.dumps([event.number, subject, text]))
            return 0

        return work

    for turn in range(ROUNDS):
        children = [fork(write_on_and_on(f"{turn}-{number}")) for number in range(AT_ONCE)]
        for code, said in kill_at_random(children, chance):
            assert code == -9, (code, said)
            kills += 1
            for number, subject, text in map(json.loads, said):
                assert number not in acknowledged, "a number was given twice"
                acknowledged[number] = (subject, text)
    with closing(open_register(where)) as register:
        found = all_of(register)
    assert {number: found[number] for number in acknowledged} == acknowledged
    assert len(found) - len(acknowledged) <= kills, "more was written than was under way"
    report(
        "{kills} kills, {events} acknowledged events, all there" + f" ({register.dialect})",
        kills=kills,
        events=len(acknowledged),
    )
    assert kills >= 200
    assert len(acknowledged) >= kills


def all_of(register: Register) -> dict[int, tuple[str, str]]:
    """What a register says after its first event. It has to be sound, to the last page."""
    with register.read() as reader:
        assert sound(register.connection, whole=True)
        assert reader.verify() == ()
        events = tuple(reader.all_events())
        assert [event.number for event in events] == list(range(1, len(events) + 1))
        last = events[-1].body or {}
        assert reader.meta("last") == last["text"], "half of what belongs together was written"
    return {event.number: (event.subject, (event.body or {})["text"]) for event in events[1:]}


def test_every_visit_that_was_told_of_survives_the_death_of_the_command(
    home: Path, riskgen: Any, in_step: Callable[[Path], dict[str, Any]], fork: Callable[..., Any],
    report: Callable[..., None],
) -> None:  # fmt: skip
    assert riskgen("assess", "answers.yaml", "--no-input").code == 0

    def assess_on_and_on(tell: Tell) -> int:
        tell("ready")
        while True:
            sys.stdout = io.StringIO()
            if code := run(["assess", "answers.yaml", "--no-input", "--json"]):
                return code
            tell(str(json.loads(sys.stdout.getvalue())["reference"]))

    chance, told, kills = random.Random(2), set[str](), 0  # noqa: S311
    for _ in range(COMMANDS):
        child = fork(assess_on_and_on)
        assert child.wait_for_a_word() == "ready"
        time.sleep(chance.uniform(0, 0.5))
        child.kill()
        code, said = child.end()
        assert code == -9, (code, said)
        kills += 1
        told |= set(said)
    assert riskgen("doctor").code == 0
    found = in_step(home)
    assert told <= set(found)
    assert len(found) - 1 - len(told) <= kills
    report("{kills} kills of assess, {visits} visits told of, all there", kills=kills, visits=len(told))
    assert told
