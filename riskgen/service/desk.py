"""The register of a school, opened: where it lies, its key, who is at it, and what was left unfinished."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from riskgen.core.model import School, Staff
from riskgen.core.problem import Problem
from riskgen.core.struct import Struct
from riskgen.core.visit import Event, Happened, Visit, Who
from riskgen.files.publish import WouldOverwrite
from riskgen.library.school import read_school
from riskgen.library.source import Source
from riskgen.register.database import RegisterFault
from riskgen.register.key import KeyPlace, key_name, make_key, read_key, require_key, where_key_is
from riskgen.register.passphrase import hash_passphrase, is_right, too_weak
from riskgen.register.place import conflicted_copies, synced_by
from riskgen.register.records import digest_of
from riskgen.register.store import Reader, Register, create_register, open_register
from riskgen.service import clock
from riskgen.service.faults import EnvironmentFault, InvalidInput, Refused
from riskgen.service.homes import SCHOOL_FILE
from riskgen.service.references import VISITS, highest_folders, is_reference

REGISTER_FILE = "register.db"
COPIES = "register-copies"
"""Where a copy of the register goes before its tables are changed."""
KEY_NAME = "key"
"""Under which the register keeps the name of its key: a wrong key is then told from a damaged text."""
TRIES = 3
NO_REGISTER = "There is no register yet. The first 'riskgen assess' makes it."


class Proof(Protocol):
    """How a person shows who they are; the terminal asks."""

    def passphrase(self, person: Staff) -> str: ...

    def new_passphrase(self, person: Staff, why_not: str) -> str: ...


class Desk(Struct, frozen=True):
    """A school's register, opened, and the school that it is of."""

    folder: Path
    school: School
    register: Register

    def now(self) -> datetime:
        """This moment, aware, in UTC."""
        return clock.utc_now()

    def wall(self, moment: datetime) -> datetime:
        """A moment as the clock on the school's wall shows it, naive, to the minute."""
        return moment.astimezone(ZoneInfo(self.school.timezone)).replace(tzinfo=None, second=0, microsecond=0)

    def key(self) -> bytes:
        """The key of the safe words. Raises `RegisterFault` if it is missing, open to others, or another's."""
        key = read_key(self.register.id, key_place(self.folder, self.school))
        with self.register.read() as reader:
            require_key(key, reader.meta(KEY_NAME) or "")
        return key

    def where_key_is(self) -> str:
        """Where the key is, in words."""
        return where_key_is(self.register.id, key_place(self.folder, self.school))

    def visit(self, reference: str, lenient: bool = False) -> Visit:
        """A visit by its reference; `lenient` where what cannot be read of it must stop nobody.

        Raises `InvalidInput` for one that the register does not have.
        """
        if not is_reference(reference):
            raise unknown_reference(reference, "References look like RA-2026-0001.")
        with self.register.read() as reader:
            found = reader.visits([reference], lenient=lenient)
        if reference not in found:
            raise unknown_reference(reference, "'riskgen list' shows the visits of the register.")
        return found[reference]

    def staff(self, staff_id: str) -> Staff:
        """A person of the staff directory. Raises `InvalidInput`."""
        found = next((person for person in self.school.staff if person.id == staff_id), None)
        if found is None:
            known = ", ".join(person.id for person in self.school.staff)
            message = f"'{staff_id}' is not in the staff directory in school.yaml."
            raise InvalidInput([Problem("the command line", 0, "staff-unknown", message, f"It has: {known}.")])
        return found


def unknown_reference(reference: str, hint: str) -> InvalidInput:
    message = f"There is no visit of the reference '{reference}' in the register."
    return InvalidInput([Problem("the command line", 0, "reference-unknown", message, hint)])


def place_of(folder: Path, school: School) -> str | Path:
    """Where the register is: the URL that school.yaml names, else a file in the school's folder."""
    return school.register.url or folder / REGISTER_FILE


def key_place(folder: Path, school: School) -> KeyPlace:
    """Where the register's key is, as school.yaml says."""
    path = folder / school.register.key_file if school.register.key_file else None
    return KeyPlace("keyring" if school.register.key == "keyring" else "file", path)


@contextmanager
def open_desk(folder: Path, school: School | None = None, *, make: bool = True) -> Iterator[Desk]:
    """The register of a school's folder; made if there was none and nothing says that there was one, unless not to be.

    Without a `school`, school.yaml alone is read, so that a fault in a policy keeps nobody from seeing who is out.
    Raises `InvalidInput` for faults of school.yaml, and `EnvironmentFault` for those of the register; faults of the
    register inside the block are told the same way.
    """
    school = school or school_alone(folder)
    try:
        place = place_of(folder, school)
        if isinstance(place, Path) and (why_not := where_it_may_not_lie(place)):
            raise RegisterFault("synced", f"{why_not} Nothing was saved.")
        with _opened(folder, school, place, make) as register:
            yield Desk(folder, school, register)
    except RegisterFault as fault:
        raise EnvironmentFault(str(fault)) from fault


@contextmanager
def desk_if_any(folder: Path, school: School, wait: float | None = None) -> Iterator[Desk | None]:
    """The register, for reading only; None where there is none yet, for reading must not make one.

    `wait`: seconds for which somebody who writes is waited for, if not the usual ones.
    """
    try:
        register = _for_reading(folder, place_of(folder, school), wait)
        if register is None:
            yield None
            return
        with register:
            yield Desk(folder, school, register)
    except RegisterFault as fault:
        raise EnvironmentFault(str(fault)) from fault


def _for_reading(folder: Path, place: str | Path, wait: float | None) -> Register | None:
    try:
        return open_register(place, read_only=True, wait=wait)
    except RegisterFault as fault:
        if fault.code == "older":  # to be brought up to date, whoever comes first
            return open_register(place, copies=folder / COPIES, wait=wait)
        if fault.code != "missing":
            raise
    if highest_folders(folder):
        raise RegisterFault("missing", f"{forms_without_register(place)} Nothing was saved.")
    return None


def school_alone(folder: Path) -> School:
    """What school.yaml says, without a look at the policies. Raises `InvalidInput`."""
    source = Source.read(folder / SCHOOL_FILE, SCHOOL_FILE)
    school = read_school(source)
    if school is None:
        raise InvalidInput(source.problems)
    return school


def where_it_may_not_lie(place: Path) -> str:
    """Why the file of a register may not be used where it lies; empty if it may."""
    service = synced_by(place.parent)
    if service:
        return (
            f"The school's folder is kept in step by {service}, which would mix two people's work or lose it. Move the "
            "folder to this computer's own disk or to a server's share, or use PostgreSQL."
        )
    copies = conflicted_copies(place)
    if copies:
        names = ", ".join(path.name for path in copies)
        return (
            f"Beside {place.name} lies what looks like a second copy of it: {names}. Somebody has to decide which "
            "holds; move the other one out of the folder."
        )
    return ""


def _opened(folder: Path, school: School, place: str | Path, make: bool) -> Register:
    try:
        register = open_register(place, copies=folder / COPIES)
    except RegisterFault as fault:
        if fault.code != "missing":
            raise
        if highest_folders(folder):
            raise RegisterFault("missing", f"{forms_without_register(place)} Nothing was saved.") from None
        if not make:
            raise RegisterFault("missing", f"{NO_REGISTER} Nothing was saved.") from None
        return start_register(folder, school)
    return _with_key(register, folder, school)


def register_to_come(folder: Path, school: School) -> bool:
    """Whether there is no register yet, and nothing is in its way."""
    place = place_of(folder, school)
    if not isinstance(place, Path) or os.path.lexists(place):
        return False
    return not highest_folders(folder) and not where_it_may_not_lie(place)


def forms_without_register(place: str | Path) -> str:
    """What to do where there are forms, and so must have been a register."""
    where = f"at {place}" if isinstance(place, Path) else "on its server"
    return (
        f"The register is not there ({where}), but there are forms of visits in the folder '{VISITS}'. Put back the "
        "last backup; or, if there never was a register, start one with 'riskgen doctor --new-register'."
    )


def start_register(folder: Path, school: School) -> Register:
    """A new register, whose references go on after those of the forms that are there; it has a key, too.

    Where another process is quicker, it is that one's register. Raises `RegisterFault`.
    """
    place = place_of(folder, school)
    body = {"references": highest_folders(folder), "timezone": school.timezone}
    try:
        register = create_register(place, clock.utc_now(), body, Who(account=account_name()))
    except WouldOverwrite:
        register = open_register(place, copies=folder / COPIES)
    return _with_key(register, folder, school)


def _with_key(register: Register, folder: Path, school: School) -> Register:
    try:
        give_key(register, folder, school)
    except BaseException:
        register.close()
        raise
    return register


def give_key(register: Register, folder: Path, school: School) -> None:
    """Give the register a key where it has none: it is new, or whoever made it got no further."""
    with register.read() as reader:
        named = reader.meta(KEY_NAME)
    if named is None:
        with register.write() as writer:  # one at a time, since a keyring can only be overwritten
            if writer.meta(KEY_NAME) is None:
                writer.put_meta(KEY_NAME, key_name(make_key(register.id, key_place(folder, school))))


def account_name() -> str:
    """The name under which somebody is logged in to this computer; empty where the system will not say.

    It is the system's own word, and not that of a variable such as USER, which anybody can set.
    """
    try:
        if sys.platform == "win32":
            return os.getlogin()
        import pwd

        return pwd.getpwuid(os.getuid()).pw_name
    except (OSError, KeyError):
        return ""


def who_asks(desk: Desk, named: str = "", proof: Proof | None = None) -> Who:
    """Who is at the desk: the person named, once they have shown it; else whom school.yaml knows by the account.

    Raises `Refused` where the person named cannot show who they are.
    """
    account = account_name()
    if not named:
        known = next((person for person in desk.school.staff if is_theirs(account, person)), None)
        return Who(known.id, account, "account") if known else Who("", account, "")
    person = desk.staff(named)
    if is_theirs(account, person):
        return Who(person.id, account, "account")
    if proof is None:
        raise Refused(f"{person.id} has to type a passphrase, which cannot be asked for here. Nothing was saved.")
    with desk.register.read() as reader:
        hashed = reader.passphrase(person.id)
    if hashed is None and person.accounts:
        raise Refused(
            f"{person.id} has an account of their own, by school.yaml, and has chosen no passphrase. To be logged in "
            f"there shows who they are; or they choose a passphrase there: riskgen passphrase --as {person.id}. "
            "Nothing was saved."
        )
    if hashed is None:
        set_passphrase(desk, person, proof, Who(person.id, account, "passphrase"), first=True)
    elif not any(is_right(hashed, proof.passphrase(person)) for _ in range(TRIES)):
        raise Refused(f"That is not the passphrase of {person.id}. Nothing was saved.")
    return Who(person.id, account, "passphrase")


def is_theirs(account: str, person: Staff) -> bool:
    """Whether school.yaml gives the account to the person; without regard to capitals, as it is checked."""
    return bool(account) and account.casefold() in (name.casefold() for name in person.accounts)


def set_passphrase(desk: Desk, person: Staff, proof: Proof, who: Who, first: bool = False) -> None:
    """Let a person choose a passphrase. That it was chosen, when and at which account, is an event.

    A `first` one never replaces another. Raises `Refused` where one was chosen while this one was typed.
    """
    why_not = ""
    while True:
        text = proof.new_passphrase(person, why_not)
        why_not = too_weak(text, person.id) or ""
        if not why_not:
            break
    with desk.register.write() as writer:
        if first and writer.passphrase(person.id) is not None:
            raise Refused(f"A passphrase of {person.id} was chosen meanwhile. Nothing was saved.")
        hashed = hash_passphrase(text)
        writer.put_passphrase(person.id, hashed)
        body = {"staff": person.id, "digest": digest_of(hashed)}
        writer.append("", Happened.PASSPHRASE_SET, desk.now(), who, body)


def passphrase_chosen(reader: Reader, staff: str) -> Event | None:
    """When the passphrase that somebody has was chosen, at whose account, and with whose help."""
    chosen = [event for event in reader.events("") if event.happened is Happened.PASSPHRASE_SET]
    return next((event for event in reversed(chosen) if (event.body or {}).get("staff") == staff), None)
