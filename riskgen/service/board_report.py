"""The board as the plain shape of `--json`. The shape is public: docs/json.md describes it."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from riskgen.core.model import Contact, Rung, Staff
from riskgen.service.board import Board, Out, Steps


def board_report(board: Board) -> dict[str, Any]:
    """The picture in the shape of `riskgen board --json`; times in ISO 8601, with the offset of the school's zone."""
    zone = ZoneInfo(board.timezone)
    return {
        "at": _time(board.at, zone),
        "timezone": board.timezone,
        "clock_behind": board.clock_behind,
        "out": [_out(out, zone) for out in board.out],
        "contacts": [_contact(contact) for contact in board.contacts],
        "record_within_hours": board.record_within_hours,
        "unrecorded": [
            {"reference": entry.reference, "due_back": _time(entry.due_back, zone)} for entry in board.unrecorded
        ],
    }


def _out(out: Out, zone: ZoneInfo) -> dict[str, Any]:
    outing, clock = out.outing, out.clock
    return {
        "reference": out.reference,
        "troubles": [trouble.value for trouble, _ in clock.troubles],
        "safe_word_heard_at": _time(clock.alarm_at, zone),
        "due_back": _time(clock.due_back, zone),
        "due_rests_on": outing.due_rests_on,
        "overdue_by_minutes": clock.overdue_by_minutes,
        "next_check_in": _time(clock.next_check_in, zone),
        "check_in_clause": out.check_in_clause,
        "missed_by_minutes": clock.missed_by_minutes,
        "left_at": _time(out.left_at, zone),
        "last_heard": {"at": _time(out.heard.at, zone), "where": out.heard.where} if out.heard else None,
        "waiting": [
            {"until": _time(each.until, zone), "clause": each.clause, "says": each.says} for each in out.waiting
        ],
        "called_off": out.called_off,
        "after_the_fact": out.after_the_fact,
        "signed_out": out.signed_out,
        "said_back_at": _time(out.said_back, zone),
        "whole": out.whole,
        "markers": [{"kind": marker.kind.value, "added_at": _time(marker.added, zone)} for marker in out.marked],
        "policy": {"name": outing.policy, "edition": outing.edition, "known": out.policy_known},
        "purpose": outing.purpose,
        "family": outing.family,
        "address": outing.address,
        "family_phone": outing.family_phone,
        "visitors": [{"id": each.id, "name": each.name, "mobile": each.mobile} for each in outing.visitors],
        "driver": outing.driver,
        "vehicles": [_vehicle(each) for each in out.drivers],
        "steps": [_steps(steps, zone) for steps in out.steps],
    }


def _steps(steps: Steps, zone: ZoneInfo) -> dict[str, Any]:
    def rung(each: Rung) -> dict[str, Any]:
        return {
            "due_at": _time(steps.due_at(each), zone),
            "do": each.do,
            "who": each.who,
            "clause": each.clause,
        }

    return {
        "trouble": steps.trouble.value,
        "since": _time(steps.since, zone),
        "whose": steps.whose.value,
        "earlier": [rung(each) for each in steps.earlier],
        "now": [rung(each) for each in steps.current],
        "judged": [rung(each) for each in steps.ladder.judged],
        "next": rung(steps.ladder.next) if steps.ladder.next else None,
    }


def _vehicle(person: Staff) -> dict[str, str]:
    return {"visitor": person.id, "vehicle": person.vehicle, "registration": person.registration}


def _contact(contact: Contact) -> dict[str, str]:
    return {"role": contact.role, "name": contact.name, "phone": contact.phone}


def _time(moment: datetime | None, zone: ZoneInfo) -> str | None:
    return moment.astimezone(zone).isoformat(timespec="seconds") if moment else None
