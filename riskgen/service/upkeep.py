"""Copies of the register, a register where there were only forms, and a new key where the old one is lost."""

from collections.abc import Iterator
from pathlib import Path

from riskgen.core.model import School
from riskgen.core.struct import Struct
from riskgen.core.visit import Happened, Who
from riskgen.files.publish import WouldOverwrite
from riskgen.register.backup import BackupResult, back_up
from riskgen.register.database import RegisterFault
from riskgen.register.key import KEY_VARIABLE, key_name, make_key, read_key, where_key_is
from riskgen.register.place import open_to_others, synced_by
from riskgen.register.store import open_register
from riskgen.service.desk import (
    KEY_NAME,
    REGISTER_FILE,
    Desk,
    key_place,
    place_of,
    start_register,
    where_it_may_not_lie,
)
from riskgen.service.doctor import words_that_stay_shut
from riskgen.service.faults import EnvironmentFault, Refused


class Kept(Struct, frozen=True):
    """A copy of the register that was made and looked through. `key_at` says in words where the key is, which is not
    in it. `warnings` are whole sentences.
    """

    path: Path
    events: int
    visits: int
    head: str
    size: int
    dialect: str
    key_at: str
    warnings: tuple[str, ...]


def keep_copy(desk: Desk, target: Path, who: Who) -> Kept:
    """Copy the register, read the copy through, and write into the register that there is one.

    Raises `Refused` if something of that name is there, and `RegisterFault`.
    """
    _refuse_beside_register(desk, target)
    try:
        made = back_up(desk.register, target)
    except WouldOverwrite as error:
        raise Refused(str(error), error.paths) from error
    with open_register(target, read_only=True) as copy, copy.read() as reader:
        visits, faults = len(reader.find()), reader.verify()
    warnings = list(_warnings(desk, target))
    if faults:
        warnings.append(
            "The chain of events in the copy is not whole, because that of the register is not. Keep an older copy as "
            "well, and run 'riskgen doctor'."
        )
    _write_down(desk, made, who)
    at = desk.where_key_is()
    return Kept(target, made.events, visits, made.head, made.size, desk.register.dialect, at, tuple(warnings))


def _refuse_beside_register(desk: Desk, target: Path) -> None:
    """Beside the register, a file of nearly its name would be taken for one that a service had made of it."""
    name, own = target.name.casefold(), Path(REGISTER_FILE)
    if _is_in(target, desk) and name.startswith(own.stem) and name.endswith(own.suffix):
        raise Refused(
            f"Beside the register, {target.name} could be taken for the register itself. Choose another folder, "
            "best on another disk. Nothing was written."
        )


def _is_in(target: Path, desk: Desk) -> bool:
    return target.resolve().parent == desk.folder.resolve()


def _warnings(desk: Desk, target: Path) -> Iterator[str]:
    if open_to_others(target):
        yield "Others who use this computer may read the copy there. Move it to where only you can read it."
    if service := synced_by(target.absolute().parent):
        yield f"The copy lies in a folder that {service} keeps in step, and so leaves this computer."
    if _is_in(target, desk):
        yield "The copy lies in the school's own folder, and would be lost with it. Take it to another disk."


def _write_down(desk: Desk, made: BackupResult, who: Who) -> None:
    body = {"file": made.path.name, "events": made.events, "head": made.head}
    try:
        with desk.register.write() as writer:
            writer.append("", Happened.BACKED_UP, desk.now(), who, body)
    except RegisterFault as fault:
        message = f"The copy {made.path} is complete, but the register could not be told of it: {fault}"
        raise EnvironmentFault(message) from fault


def new_register(folder: Path, school: School) -> None:
    """Start a register where there were only forms.

    Raises `Refused` where there is one, and `EnvironmentFault` where none can be or what is there cannot be used.
    """
    place = place_of(folder, school)
    try:
        try:
            open_register(place, read_only=True).close()
        except RegisterFault as fault:
            if fault.code != "missing":
                raise
        else:
            raise Refused("There is a register already. Nothing was changed.")
        if isinstance(place, Path) and (why_not := where_it_may_not_lie(place)):
            raise RegisterFault("synced", f"{why_not} Nothing was saved.")
        start_register(folder, school).close()
    except RegisterFault as fault:
        raise EnvironmentFault(str(fault)) from fault


class LostKey(Struct, frozen=True):
    """What a new key would mean. `shut` are the visits whose safe word does not open any more.

    `replaces` is False where the key is there and right, and only those words are beyond it.
    """

    shut: tuple[str, ...]
    replaces: bool


def lost_key(desk: Desk) -> LostKey:
    """What there is to mend. Raises `Refused` where nothing is lost, or where another key is in the way."""
    place = key_place(desk.folder, desk.school)
    with desk.register.read() as reader:
        named = reader.meta(KEY_NAME)
        try:
            key = read_key(desk.register.id, place)
        except RegisterFault as fault:
            if fault.code != "key-missing":
                raise
            return LostKey(tuple(entry.reference for entry in reader.find() if reader.safe_word(entry.reference)), True)
        if key_name(key) != named:
            raise Refused(
                f"There is a key, but of another register: {where_key_is(desk.register.id, place)}. Put the right one "
                f"there. If that is lost, move this one away (or unset {KEY_VARIABLE}) and run this again. "
                "Nothing was changed."
            )
        shut = words_that_stay_shut(desk, reader, key)
    if not shut:
        raise Refused("The key is there, and every safe word opens with it. Nothing was changed.")
    return LostKey(shut, False)


def replace_key(desk: Desk, lost: LostKey, who: Who) -> None:
    """Make a new key, where it is lost, and erase the safe words that do not open. The register says so for ever."""
    with desk.register.write() as writer:
        body: dict[str, object] = {"words_erased": list(lost.shut)}
        if lost.replaces:
            key = make_key(desk.register.id, key_place(desk.folder, desk.school))
            writer.put_meta(KEY_NAME, key_name(key))
            body["key"] = key_name(key)
        for reference in lost.shut:
            writer.erase_safe_word(reference)
        writer.append("", Happened.KEY_REPLACED if lost.replaces else Happened.REPAIRED, desk.now(), who, body)
