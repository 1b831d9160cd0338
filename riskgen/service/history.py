"""What has happened, event by event, and whether the chain of events is whole."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from riskgen.core.record import Ending
from riskgen.core.struct import Struct
from riskgen.core.visit import Event, Happened
from riskgen.register.chain import ChainFault
from riskgen.service.desk import Desk, unknown_reference

WORDS = {
    Happened.DRAFTED: "Drafted",
    Happened.ASSESSED: "Assessed",
    Happened.OVERRIDDEN: "Overridden by a person",
    Happened.AUTHORISED: "Authorised",
    Happened.APPROVAL_KEPT: "Authorisation left standing",
    Happened.DEPARTED: "Signed out",
    Happened.CHECKED_IN: "The visitors were heard of",
    Happened.ALARM: "The safe word was heard",
    Happened.CALLED_OFF: "Called off while out",
    Happened.RETURNED: "Everybody back or safe",
    Happened.RECORDED: "Recorded how it went",
    Happened.CLOSED: "Closed",
    Happened.CANCELLED: "Cancelled",
    Happened.WORD_SHOWN: "The safe word was shown",
    Happened.PACKED: "A pack of forms was made",
    Happened.HELD: "Put under a legal hold",
    Happened.RELEASED: "Legal hold lifted",
    Happened.ERASED: "Records erased",
    Happened.MARKED: "A marker was added",
    Happened.MARKER_REVIEWED: "A marker was reviewed",
    Happened.STARTED: "The register was started",
    Happened.PASSPHRASE_SET: "A passphrase was chosen",
    Happened.KEY_REPLACED: "The key of the safe words was replaced",
    Happened.BACKED_UP: "The register was copied",
    Happened.REPAIRED: "The register was repaired",
}


class Verified(Struct, frozen=True):
    """Whether the chain is whole: how many events, the hash of the last one, and every fault."""

    count: int
    head: str
    faults: tuple[ChainFault, ...]


def history(desk: Desk, subject: str = "", limit: int = 0) -> tuple[Event, ...]:
    """What happened to a visit or a family, or to all of the register; the latest last, and no more than `limit`.

    Raises `InvalidInput` for a reference that nothing has happened to.
    """
    with desk.register.read() as reader:
        if subject:
            found = reader.events(subject)
            if not found:
                raise unknown_reference(subject, "'riskgen list' shows the visits of the register.")
            return found[-limit:] if limit else found
        last = reader.last()
        after = last.number - limit if last and limit else 0
        return tuple(reader.all_events(max(after, 0)))


def verify(desk: Desk) -> Verified:
    """Hold every event against the chain, and the index against the events."""
    with desk.register.read() as reader:
        faults = reader.verify() or reader.compare()
        count, _, head = (reader.meta("head") or "0:").partition(":")
        return Verified(int(count), head, faults)


def in_words(event: Event) -> str:
    """What happened, in a few words and without anything personal."""
    words, body = WORDS[event.happened], event.body
    if body is None:
        return f"{words} (what was said has been erased)"
    if event.happened is Happened.PASSPHRASE_SET and (whose := about(event)):
        helped = event.who.staff and event.who.staff != whose
        return f"A passphrase of {whose} was chosen" + (f", with {event.who.staff} beside" if helped else "")
    extra = ""
    match event.happened:
        case Happened.DRAFTED if body.get("from"):
            extra = f"from {body['from']}"
        case Happened.ASSESSED:
            extra = str(body["assessment"]["decision"]["outcome"])
            extra += ", after it had gone out" if body.get("after_the_fact") else ""
        case Happened.OVERRIDDEN:
            extra = f"{body['what']} is now {body['to']}"
        case Happened.AUTHORISED if body.get("conditions"):
            extra = f"with {len(body['conditions'])} condition{'s' if len(body['conditions']) > 1 else ''}"
        case Happened.CALLED_OFF | Happened.CANCELLED if body.get("for_safety"):
            extra = "because it was not safe"
        case Happened.CHECKED_IN | Happened.RETURNED if body.get("where"):
            extra = str(body["where"])
        case Happened.RECORDED:
            ending = body["record"]["ending"]
            extra = ", ".join(filter(None, (Ending(ending).value if ending else "", "late" if body["late"] else "")))
    return f"{words}: {extra}" if extra else words


def about(event: Event) -> str:
    """The staff reference of whom an event is about: whose passphrase was chosen. Empty for other events."""
    return str((event.body or {}).get("staff") or "") if event.happened is Happened.PASSPHRASE_SET else ""


def who_words(event: Event) -> str:
    """Who did it: the staff reference and how it was shown, else the account of the computer."""
    who = event.who
    if who.staff:
        return f"{who.staff} ({who.proof})" if who.proof else who.staff
    return f"account {who.account}" if who.account else "nobody named"


def at_school(moment: datetime, zone: str) -> str:
    """A moment by the school's clock, to the second; with its offset where clocks show that hour twice."""
    local = moment.astimezone(ZoneInfo(zone))
    twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    return f"{local:%Y-%m-%d %H:%M:%S}{f' {local:%z}' if twice else ''}"


def event_report(event: Event) -> dict[str, Any]:
    """An event in the shape of `riskgen history --json`: all but what it says, which is for `riskgen show`."""
    return {
        "number": event.number,
        "subject": event.subject,
        "happened": event.happened.value,
        "at": event.at.isoformat(),
        "who": {"staff": event.who.staff, "account": event.who.account, "proof": event.who.proof},
        "about": about(event),
        "erased": event.body is None,
    }


def verified_report(verified: Verified) -> dict[str, Any]:
    """The check of the chain in the shape of `riskgen history --verify --json`."""
    return {
        "sound": not verified.faults,
        "events": verified.count,
        "head": verified.head,
        "faults": [{"event": fault.number, "message": fault.message} for fault in verified.faults],
    }
