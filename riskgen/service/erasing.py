"""Erasing what the schedule says may go: in the register and in the folders of forms, all of a list or nothing of it.

The forms go first, while the register is held and before what was erased in it is made final. So a tombstone says
that both are gone; and a run that died half way leaves every record on the same list, under the same code, to be
erased by running it again. Giving back the room comes last; that it is still to be done is noted with the erasure.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from riskgen.core.struct import Struct
from riskgen.core.visit import Event, Happened, Visit, Who, visit_of
from riskgen.files.disk import settle_names
from riskgen.library.retention import Since, What
from riskgen.register.backup import compact
from riskgen.register.database import RegisterFault
from riskgen.register.store import Reader, Writer
from riskgen.service.desk import COPIES, REGISTER_FILE, Desk
from riskgen.service.faults import EnvironmentFault, Refused
from riskgen.service.homes import Home
from riskgen.service.recording import WORD_RESTS
from riskgen.service.references import VISITS
from riskgen.service.retention import Due, Item, due_now, item_row, who_erases
from riskgen.service.staging import PACK

_KEPT = re.compile(r"\.bak\d*\Z", re.ASCII)
_TEMPORARY = re.compile(r"\.riskgen-.*\.tmp\Z")
_ROOM = "room-to-give-back"
"""Under which the register notes that it has not been compacted since something was erased."""
_ALWAYS_BEYOND = (
    "Paper copies, and forms that were printed, sent by e-mail, or put in another folder with --output.",
    "The files of the family in 'families', files of saved answers, and schedules: they are not the register's.",
    "What the disk itself may still hold of files that were deleted: an encrypted disk keeps that unread.",
)


class Plan(Struct, frozen=True):
    """What erasing would do. `files` are the forms that go; `left` is what lies beside them and is not riskgen's."""

    due: Due
    files: tuple[Path, ...]
    left: tuple[Path, ...]
    beyond: tuple[str, ...]


def plan(home: Home, desk: Desk, code: str) -> Plan:
    """What erasing would do now. Raises `Refused` where the list is not the one of that code."""
    with desk.register.read() as reader:
        return _plan(home, desk, reader, code)


def erase(home: Home, desk: Desk, code: str, who: Who) -> Plan:
    """Erase the list of that code, and return what was done.

    Raises `Refused` where the person may not or the list is another by now, and `EnvironmentFault` where a file
    cannot be deleted: then the register has everything still, and running it again goes on.
    """
    who_erases(home, desk, who)
    with desk.register.write() as writer:
        done = _plan(home, desk, writer, code)
        for item in done.due.erase:
            _erase_from_register(desk, writer, item, who, _count(done.files, item))
        writer.forget_marks(desk.now() - WORD_RESTS)
        writer.put_meta(_ROOM, "yes")
        _delete(done.files, [desk.folder / VISITS / item.subject for item in done.due.erase if item.what is What.VISIT])
    if not give_back_room(desk):
        message = "The room that it took in the register: somebody is using it. Run 'riskgen retention due' later."
        return Plan(done.due, done.files, done.left, (message, *done.beyond))
    return done


def _count(files: Iterable[Path], item: Item) -> int:
    """How many of the files are of one visit, those of its packs among them."""
    return sum(item.subject in (path.parent.name, path.parent.parent.name) for path in files)


def give_back_room(desk: Desk) -> bool:
    """Compact the register if that is still to be done after an erasure. False where somebody else is using it."""
    with desk.register.read() as reader:
        if reader.meta(_ROOM) != "yes":
            return True
    try:
        compact(desk.register)
    except RegisterFault:
        return False
    with desk.register.write() as writer:
        writer.put_meta(_ROOM, "")
    return True


def _plan(home: Home, desk: Desk, reader: Reader, code: str) -> Plan:
    due = due_now(home, desk, reader)
    if not code or code != due.code:
        raise Refused(
            "That is not the code of the list as it is now: it has changed, or the code is mistyped. Look through the "
            "list again: riskgen retention due. Nothing was erased."
        )
    visits = reader.visits(item.subject for item in due.erase if item.what is What.VISIT)
    found = [forms_of(desk.folder, visit) for visit in visits.values()]
    files = tuple(path for ours, _ in found for path in ours)
    left = tuple(path for _, others in found for path in others)
    return Plan(due, files, left, tuple(_beyond(desk, reader)))


# --- the register ---------------------------------------------------------------------------------


def _erase_from_register(desk: Desk, writer: Writer, item: Item, who: Who, files: int) -> None:
    events = writer.events(item.subject)
    flag = "yes" if visit_of(item.subject, events).after_the_fact else ""
    for row in rows_of(events):
        writer.forget_row(row)
    count = writer.erase_bodies(item.subject)
    if item.what is What.VISIT:
        writer.erase_safe_word(item.subject)
        writer.forget_entry(item.subject)
    body = {**_dates(item), "events": count, "files": files, "markers": len(item.markers), "sha256": _hash(events)}
    writer.append(item.subject, Happened.ERASED, desk.now(), who, {**body, "after_the_fact": flag})


def rows_of(events: Iterable[Event]) -> tuple[str, ...]:
    """The marks of the rows of sheets that a visit was recorded from."""
    return tuple(str(event.body["row"]) for event in events if event.body and event.body.get("row"))


def _dates(item: Item) -> dict[str, Any]:
    """The rule and its days. Where years count from a date of birth, the days would tell it, and are left out."""
    row = item_row(item)
    kept = {name: row[name] for name in ("what", "rule", "keep_years", "from", "since", "due_on")}
    if item.rule and item.rule.since is Since.BIRTH:
        kept["due_on"] = None
    return kept


def _hash(events: Iterable[Event]) -> str:
    """SHA-256 of what the events said, in JSON with sorted keys: a copy that turns up can be held against it."""
    said = [[event.number, event.body] for event in events if event.body is not None]
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


# --- forms ----------------------------------------------------------------------------------------


def forms_of(home: Path, visit: Visit) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """The forms of a visit in its own folder with their `.bak` files, and what else lies there.

    A form that somebody has filled in since is still that form; links are never followed.
    """
    folder = home / VISITS / visit.reference
    if folder.is_symlink():
        return (), (folder,)
    if not folder.is_dir():
        return (), ()
    bodies = (event.body or {} for event in visit.events if event.happened in (Happened.ASSESSED, Happened.PACKED))
    names = {name for body in bodies for name in body.get("files") or ()}
    names |= {str(Path(name).with_suffix(".pdf")) for name in names}  # which 'batch --pdf' puts beside it
    packs = [path for path in folder.iterdir() if _is_pack(path)]
    here = sorted(path for place in (folder, *packs) for path in place.iterdir() if path not in packs)
    own = f"{visit.reference}_"  # what a run that died put into a pack, before the register had it
    ours = [
        path
        for path in here
        if path.is_file()
        and not path.is_symlink()
        and (_is_ours(path.name, names) or (path.parent in packs and path.name.startswith(own)))
    ]
    return tuple(ours), tuple(path for path in here if path not in ours)


def _is_pack(path: Path) -> bool:
    """Whether it is the folder of a pack, or of one that was put aside."""
    return _KEPT.sub("", path.name) == PACK and path.is_dir() and not path.is_symlink()


def _is_ours(name: str, forms: set[str]) -> bool:
    return _KEPT.sub("", name) in forms or _TEMPORARY.match(name) is not None


def _delete(files: Iterable[Path], folders: Iterable[Path]) -> None:
    """Delete files, and those of the folders in which nothing is left, be it by a run that died."""
    for path in files:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise EnvironmentFault(
                f"{path} cannot be deleted: {error.strerror}. Close it where it is open, and run the same command "
                "again. The register still has everything; forms named before this one are gone."
            ) from error
    for folder in folders:
        packs = [path for path in folder.iterdir() if _is_pack(path)] if folder.is_dir() else []
        for place in (*packs, folder):
            settle_names(place)
            with suppress(OSError):  # something of somebody else's is in it
                place.rmdir()


# --- what stays -----------------------------------------------------------------------------------


def _beyond(desk: Desk, reader: Reader) -> Iterator[str]:
    """Where the erased may still be, out of riskgen's reach."""
    made = [event for event in reader.events("") if event.happened is Happened.BACKED_UP]
    named = [f"{(event.body or {}).get('file') or 'a copy'} of {desk.wall(event.at):%Y-%m-%d}" for event in made]
    if named:
        yield f"Backups of the register: {', '.join(named)}."
    copies = [*desk.folder.glob(f"{REGISTER_FILE}.before-*"), *(desk.folder / COPIES).glob("*")]
    if copies:
        yield f"Copies from before the register's tables changed: {', '.join(str(path) for path in sorted(copies))}."
    if desk.register.dialect == "postgresql":
        yield "The server's own backups and logs: ask whoever looks after it."
    yield from _ALWAYS_BEYOND


def erased_report(done: Plan, dry_run: bool) -> dict[str, Any]:
    """The shape of `riskgen retention apply --json`."""
    return {
        "erased": [] if dry_run else [item_row(item) for item in done.due.erase],
        "would_erase": [item_row(item) for item in done.due.erase] if dry_run else [],
        "files": [str(path) for path in done.files],
        "left": [str(path) for path in done.left],
        "beyond": list(done.beyond),
    }
