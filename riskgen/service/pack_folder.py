"""Putting a pack in its place: whole or not at all, the one before it kept, and an event that says so."""

import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from riskgen.core.visit import Happened, Visit, Who
from riskgen.files.disk import settle_names, temporary_beside
from riskgen.files.private import ended_in_good_order
from riskgen.register.store import Reader
from riskgen.service.desk import Desk
from riskgen.service.faults import EnvironmentFault, Refused
from riskgen.service.homes import Home
from riskgen.service.moves import append_move
from riskgen.service.pack_state import (
    OUTDATED,
    last_packed,
    last_told_of,
    pack_state,
    pack_today,
    packed_body,
    schedule_print,
    usual_place,
)
from riskgen.service.packing import Made, Written
from riskgen.service.paper import can_write
from riskgen.service.progress import still_as_assessed
from riskgen.service.scheduling import SCHEDULE_FORM
from riskgen.service.staging import PACK, hashes, name_aside, put_pack_aside, set_aside
from riskgen.service.standing import Weighed
from riskgen.service.visits import put_in_place


def can_pack(home: Home, desk: Desk, reference: str, output: Path | None, force: bool) -> None:
    """Raise `Refused` or `EnvironmentFault` where a pack could not be put in place, before it is made.

    A pack that is out of date makes way by itself, and so does one of a visit that is another by now, of which no new
    one is made; it is kept as `.bak`.
    """
    visit = desk.visit(reference)
    target, elsewhere = _target(desk, reference, output)
    can_write(target)
    with desk.register.read() as reader:
        weighed = _as_assessed(home, desk, reader, visit)
    state = pack_today(home, desk, visit, weighed) if weighed else pack_state(visit, home.school, desk.folder)
    if not elsewhere and not force and os.path.lexists(target) and state != OUTDATED:
        raise Refused(
            f"There is a pack of {reference} already: {target}. Use --force to make it anew; the old one is then kept "
            f"as {PACK}.bak. Nothing was saved."
        )


def loses_word(desk: Desk, made: Made, output: Path | None, force: bool) -> bool:
    """Whether a pack without the form that has the safe word takes the place of one that has it.

    Raises `Refused` then, unless it is by `force`.
    """
    reference = made.papers.visit.reference
    target, elsewhere = _target(desk, reference, output)
    before = last_packed(made.papers.visit)
    had = before is not None and (before.body or {}).get("safe_word") is True
    loses = made.word_kept and had and not elsewhere and os.path.lexists(target)
    if loses and not force:
        raise Refused(
            f"The pack of {reference} that is there has the form with the safe word; this one would not, since nobody "
            "has shown that they may know it. Add --as and your staff reference; or make it without, with --force, and "
            f"keep the office copy from {PACK}.bak. Nothing was saved."
        )
    return loses


def place_pack(
    home: Home,
    desk: Desk,
    made: Made,
    more: Iterable[Written],
    who: Who,
    output: Path | None = None,
    force: bool = False,
) -> tuple[Path, ...]:
    """Put a pack in place, with `more` files that were made of it, all or none; and record that it was made.

    Raises `Refused` where somebody has changed the visit meanwhile or files would be overwritten, `EnvironmentFault`.
    """
    visit = made.papers.visit
    files = {each.name: each.content for each in (*made.files, *more)}
    target, elsewhere = _target(desk, visit.reference, output)
    with ended_in_good_order(), desk.register.write() as writer:
        current = writer.visits([visit.reference])[visit.reference]
        if last_told_of(current) != last_told_of(visit):
            raise Refused(
                f"Somebody else has just changed {visit.reference}, so that its pack would be out of date. Make it "
                f"again: riskgen pack {visit.reference}. Nothing was saved."
            )
        _as_assessed(home, desk, writer, current)  # somebody may have marked the family meanwhile
        planned = any(each.form == SCHEDULE_FORM for each in made.files)
        schedule = schedule_print(made.case.schedule) if planned else ""
        sent = hashes(files)
        body = packed_body(home.school, made.pack, made.word, sent, elsewhere, made.templates, schedule)
        append_move(writer, desk, current, Happened.PACKED, who, body)
        if elsewhere:
            _put_into(target, visit.reference, files, force)
        else:
            _replace_folder(target, files)
    return tuple(target / name for name in files)


def _target(desk: Desk, reference: str, output: Path | None) -> tuple[Path, bool]:
    """Where a pack is to lie, and whether that is not its usual place."""
    usual = usual_place(desk.folder, reference)
    return (usual, False) if output is None or output.resolve() == usual.resolve() else (output, True)


def _as_assessed(home: Home, desk: Desk, reader: Reader, visit: Visit) -> Weighed | None:
    """As `still_as_assessed`. Before it refuses, the pack that was made of another visit than this is put aside."""
    try:
        return still_as_assessed(home, reader, visit)
    except Refused as refused:
        kept = put_pack_aside(desk.folder, visit.reference)
        if kept is None:
            raise
        after = f"{refused.after} Its pack holds no longer, and was put aside as {kept.name}. Destroy it."
        raise Refused(str(refused), refused.paths, refused.reasons, after.lstrip()) from refused


def _put_into(target: Path, reference: str, files: Mapping[str, bytes], force: bool) -> None:
    """Write a pack into any folder. By `force`, what an earlier one has left there is kept as `.bak`."""
    old = sorted(target.glob(f"{reference}_*")) if force else []
    moved: list[tuple[Path, Path]] = []
    try:
        for path in old:
            if path.name not in files and ".bak" not in path.name and (kept := set_aside(path)):
                moved.append((kept, path))
        put_in_place({target / name: content for name, content in files.items()}, force)
    except BaseException as error:
        for kept, path in reversed(moved):
            kept.rename(path)
        if isinstance(error, OSError):
            raise _cannot_place(error) from error
        raise


def _cannot_place(error: OSError) -> EnvironmentFault:
    return EnvironmentFault(
        f"The pack cannot be put in place: {error.strerror}. Close its forms where they are open. Nothing was saved."
    )


def _replace_folder(target: Path, files: Mapping[str, bytes]) -> None:
    """Write a folder whole beside the visits, keep the one before it as `.bak`, and give it its name."""
    new = temporary_beside(target.parent)
    try:
        put_in_place({new / name: content for name, content in files.items()}, force=False)
        target.parent.mkdir(mode=0o700, exist_ok=True)
        kept = name_aside(target)
        try:
            if os.path.lexists(target):
                target.rename(kept)
            new.rename(target)
        except BaseException:  # being told to end, too
            if os.path.lexists(kept) and not os.path.lexists(target):
                kept.rename(target)
            raise
        settle_names(target.parent)
    except OSError as error:
        raise _cannot_place(error) from error
    finally:
        shutil.rmtree(new, ignore_errors=True)
