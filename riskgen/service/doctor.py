"""Looking at everything that a register rests on, and mending what can be mended without a doubt.

Nothing here stops at a fault: what cannot be looked at is itself a finding.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

from riskgen.core.model import School
from riskgen.core.struct import Struct
from riskgen.core.visit import OPEN, Happened, State, Visit, Who
from riskgen.library.load import load_library
from riskgen.register.cipher import open_sealed
from riskgen.register.database import RegisterFault
from riskgen.register.health import Health, examine
from riskgen.register.store import Reader, Register, open_register
from riskgen.service.desk import (
    COPIES,
    NO_REGISTER,
    Desk,
    account_name,
    forms_without_register,
    give_key,
    place_of,
    where_it_may_not_lie,
)
from riskgen.service.faults import EnvironmentFault
from riskgen.service.references import VISITS, folders, highest_folders, year_and_number
from riskgen.service.staging import finish, leftovers, unfinished
from riskgen.service.surroundings import Finding, Status, clock_finding, in_words, rights_finding, share_finding

BACKUP_EVERY = timedelta(days=7)
"""After which a backup is too old; riskgen's own number, as no policy gives one."""
_WAYS_OUT = {"key-missing": "If the key is lost for good: riskgen doctor --new-key"}
_SHOWN = 5
"""How many of one kind are named one by one."""


class Examined(Struct, frozen=True):
    """What the doctor has found. `health` and `head` are of the register, where it could be opened."""

    findings: tuple[Finding, ...]
    dialect: str = ""
    health: Health | None = None
    head: str = ""

    @property
    def sound(self) -> bool:
        """Whether there is no fault; warnings and notes there may be."""
        return all(finding.status is not Status.FAULT for finding in self.findings)


def examine_school(folder: Path, school: School) -> Examined:
    """Look at the register of a school, its key, its forms and what is around them."""
    place = place_of(folder, school)
    found: list[Finding] = []
    synced = where_it_may_not_lie(place) if isinstance(place, Path) else ""
    if isinstance(place, Path):
        found.append(_place(synced))
        found.append(share_finding(folder))
    found.append(
        rights_finding([folder, folder / VISITS, folder / COPIES, *([place] if isinstance(place, Path) else [])])
    )
    register, opened = _open(folder, place, bool(synced))
    found.append(opened)
    if register is None:
        return Examined((*found, _staff(folder, school, None), _pdf(folder, school)))
    health, head = None, ""
    with closing(register):
        desk = Desk(folder, school, register)
        try:
            health = examine(register)
            found.append(_database(health))
        except RegisterFault as fault:
            found.append(Finding("database", Status.FAULT, str(fault)))
        if health:
            found.append(clock_finding(desk.now(), health.latest, desk.wall))
        for check, look in _LOOKS.items():
            try:
                found += look(desk)
            except RegisterFault as fault:
                found.append(Finding(check, Status.FAULT, str(fault), _WAYS_OUT.get(fault.code, "")))
            except EnvironmentFault as fault:
                found.append(Finding(check, Status.FAULT, str(fault)))
            except OSError as error:
                found.append(Finding(check, Status.FAULT, f"It cannot be looked at: {error.strerror}."))
        if health:
            with register.read() as reader:
                head = reader.head()
    return Examined(tuple(found), register.dialect, health, head)


def _place(synced: str) -> Finding:
    if synced:
        return Finding("place", Status.FAULT, synced)
    return Finding("place", Status.OK, "The school's folder is not in one that a service keeps in step.")


def _open(folder: Path, place: str | Path, only_read: bool) -> tuple[Register | None, Finding]:
    """The register, if it can be opened at all, and what there is to say of that."""
    name = place.name if isinstance(place, Path) else "on the server (PostgreSQL)"
    good = Finding("register", Status.OK, f"The register is there: {name}.")
    try:
        return open_register(place, read_only=only_read, copies=folder / COPIES), good
    except RegisterFault as fault:
        if fault.code == "missing":
            if highest_folders(folder):
                return None, Finding("register", Status.FAULT, forms_without_register(place))
            if isinstance(place, Path):
                return None, Finding("register", Status.NOTE, NO_REGISTER)
        bad = Finding("register", Status.FAULT, str(fault))
        if fault.code != "read-only":
            return None, bad
    try:
        return open_register(place, read_only=True), bad
    except RegisterFault:
        return None, bad


def _database(health: Health) -> Finding:
    if health.wrong:
        message = f"The register is not as it was made: {'; '.join(health.wrong)}."
        return Finding("database", Status.FAULT, message, "Restore the last backup, or ask for help with a copy of it.")
    return Finding("database", Status.OK, f"The database is whole (version {health.version} of its tables).")


def _chain(desk: Desk) -> Iterator[Finding]:
    with desk.register.read() as reader:
        faults = reader.verify() or reader.compare()
        last, head = reader.last(), reader.head()
    for fault in faults[:_SHOWN]:
        hint = (
            "Somebody wrote to the register without riskgen, or it was damaged. Keep a copy; restore the last backup."
        )
        yield Finding("chain", Status.FAULT, fault.message, hint)
    if len(faults) > _SHOWN:
        yield Finding("chain", Status.FAULT, f"{len(faults) - _SHOWN} more such faults.")
    if not faults:
        count = last.number if last else 0
        yield Finding("chain", Status.OK, f"The chain is whole, and the index agrees: {count} events, head {head}.")


def _key(desk: Desk) -> Iterator[Finding]:
    if not desk.register.connection.read_only:
        give_key(desk.register, desk.folder, desk.school)
    key = desk.key()
    where = desk.where_key_is()
    yield Finding("key", Status.OK, f"The key is there, and it is the right one: {where}.")
    with desk.register.read() as reader:
        shut = words_that_stay_shut(desk, reader, key)
        without = [
            entry.reference
            for entry in reader.find(states=OPEN - {State.DRAFT})
            if reader.safe_word(entry.reference) is None
        ]
    if shut:
        message = f"What is kept of the safe word of {_named(shut)} does not open with the key."
        hint = "It is on the office copies of the forms. 'riskgen doctor --new-key' erases what does not open."
        yield Finding("words", Status.FAULT, message, hint)
    else:
        yield Finding("words", Status.OK, "Every safe word that is kept opens with the key.")
    if without:
        hint = "To give a visit a new word, assess it again: riskgen assess --reference REF"
        yield Finding("words", Status.NOTE, f"No safe word is kept for {_named(without)}: see the office copies.", hint)


def words_that_stay_shut(desk: Desk, reader: Reader, key: bytes) -> tuple[str, ...]:
    """The references of visits whose sealed safe word does not open with this key."""
    shut = []
    for entry in reader.find():
        if sealed := reader.safe_word(entry.reference):
            try:
                open_sealed(key, desk.register.id, entry.reference, sealed)
            except RegisterFault:
                shut.append(entry.reference)
    return tuple(shut)


def _unfinished(desk: Desk) -> Iterator[Finding]:
    before = set(unfinished(desk.folder))
    writable = not desk.register.connection.read_only
    placed = finish(desk.folder, desk.register) if writable else ()
    left = sorted(before & set(unfinished(desk.folder)))
    with desk.register.read() as reader:  # what is in the register was put in place, by us or by the run itself
        removed = [name for name in before - set(left) if reader.entry(name) is None]
    if placed or removed:
        _repaired(desk, {"forms_in_place": list(placed), "removed": len(removed)})
    if placed:
        yield Finding("unfinished", Status.NOTE, f"Put in place: the forms of {_named(placed)}, which a run had left.")
    if removed:
        message = f"Removed: {len(removed)} half-written sets of forms, of visits that were never recorded."
        yield Finding("unfinished", Status.NOTE, message)
    if left:
        message = f"The forms of {_named(left)} are written and could not be put in place."
        hint = (
            "Close them in other programs and see that the folder can be written to; then run 'riskgen doctor' again."
        )
        yield Finding("unfinished", Status.WARNING, message, hint)
    if others := [path.relative_to(desk.folder).as_posix() for path in leftovers(desk.folder)]:
        message = f"A run that is at it just now, or was ended, has left: {_named(others)}. It may hold addresses."
        hint = "If no other command is running, delete it. Once it is an hour old, the next command does."
        yield Finding("unfinished", Status.WARNING, message, hint)
    if not (placed or removed or left or others):
        yield Finding("unfinished", Status.OK, "No forms were left half written.")


def _forms(desk: Desk) -> Iterator[Finding]:
    """Whether the forms of open visits are where they were put, as they were written."""
    with desk.register.read() as reader:
        visits = reader.visits(entry.reference for entry in reader.find(states=OPEN))
    missing = [name for name, visit in visits.items() if any(not path.is_file() for path, _ in _written(desk, visit))]
    changed = [
        name
        for name, visit in visits.items()
        if any(path.is_file() and sha256(path.read_bytes()).hexdigest() != said for path, said in _written(desk, visit))
    ]
    if missing:
        message = f"Not all forms of {_named(missing)} are in the folder '{VISITS}'."
        hint = "Unless they were put elsewhere (--output), write them again: riskgen assess --reference REF"
        status = Status.WARNING if desk.register.path else Status.NOTE  # of several desks each has its own forms
        yield Finding("forms", status, message, hint)
    if changed:
        message = f"Forms of {_named(changed)} were changed since they were written, as staff may do."
        yield Finding("forms", Status.NOTE, message)
    if not missing and not changed:
        yield Finding("forms", Status.OK, f"The forms of open visits ({len(visits)}) are there, as they were written.")


def _written(desk: Desk, visit: Visit) -> Iterable[tuple[Path, str]]:
    """The forms that were written last, and the hash that each had."""
    files = visit.body.get("files") or {}
    return [(desk.folder / VISITS / visit.reference / name, said) for name, said in files.items()]


def _folders(desk: Desk) -> Iterator[Finding]:
    """Forms of visits that are not in the register. Their references must not be given to other visits."""
    with desk.register.read() as reader:
        known = {entry.reference for entry in reader.find()}
        taken = reader.taken_elsewhere()
    strange = [name for name in folders(desk.folder) if name not in known]
    new = [name for name in strange if (pair := year_and_number(name))[1] > taken.get(pair[0], 0)]
    if new:
        message = f"The register does not know the visits of these forms: {_named(new)}."
        hint = "Perhaps it was put back to an older copy. Record those visits again, or file their forms elsewhere."
        if not desk.register.connection.read_only:
            _repaired(desk, {"references": _highest(new)})
            hint += " Their references will not be given to other visits."
        yield Finding("folders", Status.WARNING, message, hint)
    elif strange:
        message = f"There are forms of {len(strange)} visits that are not in the register; it was told of them before."
        yield Finding("folders", Status.NOTE, message)
    else:
        yield Finding("folders", Status.OK, "The register knows the visits of all forms.")


def _highest(references: Iterable[str]) -> dict[str, int]:
    highest: dict[str, int] = {}
    for year, number in map(year_and_number, references):
        highest[year] = max(highest.get(year, 0), number)
    return highest


def _timezone(desk: Desk) -> Iterator[Finding]:
    with desk.register.read() as reader:
        first = next((event for event in reader.events("") if event.happened is Happened.STARTED), None)
    before = str((first.body or {}).get("timezone") or "") if first else ""
    now = desk.school.timezone
    if before and before != now:
        message = f"The register was started with the time zone {before}, and school.yaml says {now}."
        yield Finding("timezone", Status.NOTE, message, "Times are kept in UTC, so only what is shown differs.")
    else:
        yield Finding("timezone", Status.OK, f"Times are shown as in {now}.")


def _proofs(desk: Desk) -> Iterator[Finding]:
    yield _staff(desk.folder, desk.school, desk)


def _staff(folder: Path, school: School, desk: Desk | None) -> Finding:
    """How many of those who may authorise can show who they are."""
    library, problems = load_library(folder / "data")
    editions = () if problems else library.policies.get(school.policy, ())
    roles = {role for edition in editions[-1:] for rule in edition.authorise for role in rule.by}
    roles = roles or set(school.fallback_authorise)
    people = [person for person in school.staff if roles & set(person.roles)] if roles else list(school.staff)
    able = [person for person in people if person.accounts]
    if desk:
        with desk.register.read() as reader:
            able += [person for person in people if not person.accounts and reader.passphrase(person.id)]
    which = "may authorise" if roles else "are in the staff directory"
    message = (
        f"{len(able) or 'None'} of those who {which} ({len(people)}) can show who they are, by account or passphrase."
    )
    hint = "" if len(able) == len(people) else "The others choose a passphrase when they first use --as or --by."
    if problems:
        message += " The policies have faults and were not asked: 'riskgen check' names them."
    status = Status.WARNING if problems else Status.OK if not hint else Status.NOTE
    return Finding("staff", status, message, hint)


def _backup(desk: Desk) -> Iterator[Finding]:
    with desk.register.read() as reader:
        made = [event.at for event in reader.events("") if event.happened is Happened.BACKED_UP]
    hint = "Make one, on another disk: riskgen backup FILE"
    if not made:
        yield Finding("backup", Status.WARNING, "No backup of this register has been made with riskgen.", hint)
    elif desk.now() - made[-1] > BACKUP_EVERY:
        yield Finding("backup", Status.WARNING, f"The last backup is {in_words(desk.now() - made[-1])} old.", hint)
    else:
        yield Finding("backup", Status.OK, f"The last backup was made on {desk.wall(made[-1]):%Y-%m-%d at %H:%M}.")


def _pdfs(desk: Desk) -> Iterator[Finding]:
    yield _pdf(desk.folder, desk.school)


def _pdf(folder: Path, school: School) -> Finding:
    """Whether PDFs can be made. They are a convenience, so that it is no fault where they cannot."""
    from riskgen.forms.pdf import PdfFault, find_libreoffice

    try:
        program = find_libreoffice(school.libreoffice, folder)
    except PdfFault as fault:
        return Finding("pdf", Status.NOTE, f"No PDFs can be made. {fault}")
    return Finding("pdf", Status.OK, f"PDFs are made with {program}.")


_LOOKS: dict[str, Callable[[Desk], Iterable[Finding]]] = {
    "chain": _chain,
    "key": _key,
    "unfinished": _unfinished,
    "forms": _forms,
    "folders": _folders,
    "timezone": _timezone,
    "staff": _proofs,
    "backup": _backup,
    "pdf": _pdfs,
}
"""In the order in which they are told. What one has mended the next ones find so."""


def _repaired(desk: Desk, what: dict[str, object]) -> None:
    with desk.register.write() as writer:
        writer.append("", Happened.REPAIRED, desk.now(), Who(account=account_name()), what)


def _named(references: Iterable[str]) -> str:
    """References one by one, as far as there are few of them."""
    names = list(references)
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
