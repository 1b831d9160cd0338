"""The key of a register is made once, kept for its owner alone, and never told to anybody in a message."""

import base64
import errno
import json
import os
import stat
import subprocess
import sys
import types
from pathlib import Path

import pytest

from riskgen.register.database import RegisterFault
from riskgen.register.key import KEY_VARIABLE, KeyPlace, key_name, make_key, read_key, require_key, where_key_is

ID = "0123456789abcdef" * 2
KEY = bytes(range(32))
WRITTEN = base64.b64encode(KEY).decode()
NONE: dict[str, str] = {}

posix = pytest.mark.skipif(os.name != "posix", reason="permission bits are those of POSIX")


@pytest.fixture
def place(tmp_path: Path) -> KeyPlace:
    return KeyPlace("file", tmp_path / "keys" / "school.key")


def keep(place: KeyPlace, content: bytes = WRITTEN.encode(), mode: int = 0o600) -> Path:
    assert place.path is not None
    place.path.parent.mkdir(exist_ok=True)
    place.path.write_bytes(content)
    place.path.chmod(mode)
    return place.path


def fault(caught: pytest.ExceptionInfo[RegisterFault]) -> tuple[str, str]:
    """Code and message; every message ends with what became of things, and holds no key."""
    message = str(caught.value)
    assert message.endswith("Nothing was saved.")
    assert WRITTEN[:10] not in message
    return caught.value.code, message


# --- in a file -------------------------------------------------------------------------------------


def test_new_key_is_32_bytes_and_read_back_the_same(place: KeyPlace) -> None:
    made = make_key(ID, place, NONE)
    assert len(made) == 32
    assert read_key(ID, place, NONE) == made


def test_key_that_is_there_is_never_replaced(place: KeyPlace) -> None:
    path = keep(place)
    assert make_key(ID, place, NONE) == KEY
    assert path.read_text() == WRITTEN


def test_two_registers_have_two_keys(tmp_path: Path) -> None:
    made = {make_key(ID, KeyPlace("file", tmp_path / name), NONE) for name in ("one", "two")}
    assert len(made) == 2


@posix
def test_key_file_and_the_folders_made_for_it_are_for_their_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "made" / "for it" / "school.key"
    before = os.umask(0)
    try:
        make_key(ID, KeyPlace("file", path), NONE)
    finally:
        os.umask(before)
    assert [stat.S_IMODE(part.stat().st_mode) for part in (path, *path.parents[:2])] == [0o600, 0o700, 0o700]


def test_nothing_but_the_key_is_left_in_the_folder(place: KeyPlace) -> None:
    make_key(ID, place, NONE)
    assert place.path is not None
    assert list(place.path.parent.iterdir()) == [place.path]


@pytest.mark.skipif(sys.platform != "linux", reason="the folder is named by the XDG variables of Linux")
def test_unless_the_school_says_otherwise_the_key_lies_in_the_data_of_the_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    made = make_key(ID, KeyPlace(), NONE)
    path = tmp_path / "riskgen" / "keys" / f"{ID}.key"
    assert base64.b64decode(path.read_bytes()) == made
    assert str(path) in where_key_is(ID, KeyPlace(), NONE)


@pytest.mark.parametrize("other", ["", "../../outside", ID.upper(), ID + "0", ID[:-1] + "\n"])
@pytest.mark.parametrize("place", [KeyPlace(), KeyPlace("keyring")], ids=["file", "keyring"])
def test_id_that_riskgen_does_not_give_names_no_key(place: KeyPlace, other: str) -> None:
    with pytest.raises(RegisterFault) as caught:
        make_key(other, place, NONE)
    assert fault(caught)[0] == "foreign"


def test_missing_key_says_where_it_was_looked_for_and_what_to_do(place: KeyPlace) -> None:
    with pytest.raises(RegisterFault) as caught:
        read_key(ID, place, NONE)
    code, message = fault(caught)
    assert code == "key-missing"
    assert all(word in message for word in (str(place.path), KEY_VARIABLE, "backup of the key", "copies"))
    assert place.path is not None
    assert not place.path.parent.exists()


@posix
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o620, 0o602, 0o777])
def test_key_file_that_others_may_touch_is_refused_with_the_command_that_mends_it(place: KeyPlace, mode: int) -> None:
    path = keep(place, mode=mode)
    for ask in (read_key, make_key):
        with pytest.raises(RegisterFault) as caught:
            ask(ID, place, NONE)
        code, message = fault(caught)
        assert code == "key-open"
        assert f"chmod 600 {path}" in message
    path.chmod(0o600)
    assert read_key(ID, place, NONE) == KEY


@posix
def test_command_that_mends_can_be_pasted_whatever_the_path_holds(tmp_path: Path) -> None:
    place = KeyPlace("file", tmp_path / "our school's" / "a.key")
    path = keep(place, mode=0o644)
    with pytest.raises(RegisterFault) as caught:
        read_key(ID, place, NONE)
    command = fault(caught)[1].partition("Run: ")[2].partition(" (if")[0]
    subprocess.run(["sh", "-c", command], check=True)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@posix
def test_permissions_are_those_of_the_file_behind_a_link(place: KeyPlace, tmp_path: Path) -> None:
    path = keep(place)
    link = tmp_path / "link.key"
    link.symlink_to(path)
    assert read_key(ID, KeyPlace("file", link), NONE) == KEY
    path.chmod(0o644)
    with pytest.raises(RegisterFault) as caught:
        read_key(ID, KeyPlace("file", link), NONE)
    assert fault(caught)[0] == "key-open"


CONTENTS = [
    b"",
    b"\n",
    WRITTEN[:20].encode(),
    WRITTEN[:-1].encode(),
    base64.b64encode(KEY[:31]),
    base64.b64encode(KEY + b"x"),
    WRITTEN.encode() * 2,
    b"!" + WRITTEN.encode(),
    b"\x00\xff" * 20,
    "ключ".encode(),
    b"x" * 5000,
]


@pytest.mark.parametrize("content", CONTENTS)
def test_file_that_holds_no_key_is_a_fault_and_stays_as_it_is(place: KeyPlace, content: bytes) -> None:
    path = keep(place, content)
    for ask in (read_key, make_key):
        with pytest.raises(RegisterFault) as caught:
            ask(ID, place, NONE)
        code, message = fault(caught)
        assert code == "key-wrong"
        assert str(path) in message
    assert path.read_bytes() == content


def test_folder_in_place_of_the_key_file_is_a_fault(place: KeyPlace) -> None:
    assert place.path is not None
    place.path.mkdir(parents=True)
    with pytest.raises(RegisterFault) as caught:
        make_key(ID, place, NONE)
    assert fault(caught)[0] == "key-missing"


@posix
def test_named_pipe_in_place_of_the_key_file_does_not_make_anybody_wait(place: KeyPlace) -> None:
    assert place.path is not None
    place.path.parent.mkdir()
    os.mkfifo(place.path, 0o600)
    with pytest.raises(RegisterFault) as caught:
        read_key(ID, place, NONE)
    assert fault(caught)[0] == "key-missing"


def test_file_that_may_not_be_read_is_told_from_one_that_is_not_there(
    place: KeyPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*given: object, **named: object) -> int:
        raise PermissionError(errno.EACCES, "Permission denied")

    keep(place)
    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(RegisterFault) as caught:
        make_key(ID, place, NONE)
    code, message = fault(caught)
    assert code == "key-missing"
    assert "Permission denied" in message


@pytest.mark.parametrize(("number", "code"), [(errno.ENOSPC, "full"), (errno.EROFS, "other"), (errno.EIO, "other")])
@pytest.mark.parametrize("step", ["fsync", "link"])
def test_key_that_cannot_be_kept_leaves_nothing_behind(
    place: KeyPlace, monkeypatch: pytest.MonkeyPatch, step: str, number: int, code: str
) -> None:
    def fail(*given: object, **named: object) -> None:
        raise OSError(number, "no")

    monkeypatch.setattr(os, step, fail)
    with pytest.raises(RegisterFault) as caught:
        make_key(ID, place, NONE)
    assert fault(caught)[0] == code
    assert place.path is not None
    assert list(place.path.parent.iterdir()) == []


@posix
def test_key_that_another_process_made_meanwhile_is_the_one_that_counts(
    place: KeyPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = os.link

    def late(source: Path, target: Path, **named: bool) -> None:
        keep(place)
        link(source, target, **named)

    monkeypatch.setattr(os, "link", late)
    assert make_key(ID, place, NONE) == KEY
    assert place.path is not None
    assert list(place.path.parent.iterdir()) == [place.path]


_MANY = """
import json, sys
from pathlib import Path
from riskgen.register.key import KeyPlace, make_key
folder = Path(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
print(json.dumps([make_key("0" * 32, KeyPlace("file", folder / str(n) / "a.key"), {}).hex() for n in range(50)]))
"""


def test_processes_that_make_a_key_at_once_end_with_the_same_key(tmp_path: Path) -> None:
    started = [
        subprocess.Popen(
            [sys.executable, "-c", _MANY, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in started:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    made = [json.loads(process.communicate(timeout=60)[0]) for process in started]
    assert [process.returncode for process in started] == [0] * 4
    assert made == [made[0]] * 4
    assert len(set(made[0])) == 50
    assert len(list(tmp_path.rglob("*.*"))) == 50


# --- in the environment ----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["file", "keyring"])
def test_key_of_the_environment_wins_and_nothing_is_stored(tmp_path: Path, kind: str) -> None:
    place = KeyPlace("keyring") if kind == "keyring" else KeyPlace("file", tmp_path / "a.key")
    given = {KEY_VARIABLE: f" {WRITTEN}\n"}
    assert read_key(ID, place, given) == make_key(ID, place, given) == KEY
    assert list(tmp_path.iterdir()) == []
    assert KEY_VARIABLE in where_key_is(ID, place, given)


def test_empty_variable_is_as_good_as_none(place: KeyPlace) -> None:
    keep(place)
    assert read_key(ID, place, {KEY_VARIABLE: " "}) == KEY


@pytest.mark.parametrize(
    "text", ["not one", WRITTEN[:-4], WRITTEN + "AAAA", "\udcff", "ключ", WRITTEN.replace("A", "-")]
)
def test_variable_that_holds_no_key_is_a_fault_even_if_there_is_a_key_file(place: KeyPlace, text: str) -> None:
    keep(place)
    for ask in (read_key, make_key):
        with pytest.raises(RegisterFault) as caught:
            ask(ID, place, {KEY_VARIABLE: text})
        code, message = fault(caught)
        assert code == "key-wrong"
        assert KEY_VARIABLE in message
        assert text not in message


# --- in the keyring --------------------------------------------------------------------------------


def install(monkeypatch: pytest.MonkeyPatch, get: object, put: object) -> None:
    monkeypatch.setitem(sys.modules, "keyring", types.SimpleNamespace(get_password=get, set_password=put))


def test_keyring_keeps_the_key_under_the_id_of_the_register(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: dict[tuple[str, str], str] = {}
    install(monkeypatch, lambda *name: kept.get(name), lambda *given: kept.update({given[:2]: given[2]}))
    place = KeyPlace("keyring")
    with pytest.raises(RegisterFault) as caught:
        read_key(ID, place, NONE)
    assert fault(caught)[0] == "key-missing"
    made = make_key(ID, place, NONE)
    assert kept == {("riskgen", ID): base64.b64encode(made).decode()}
    assert make_key(ID, place, NONE) == read_key(ID, place, NONE) == made
    assert "keyring" in where_key_is(ID, place, NONE)


def test_keyring_that_forgets_what_it_is_given_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, lambda *name: None, lambda *given: None)
    with pytest.raises(RegisterFault) as caught:
        make_key(ID, KeyPlace("keyring"), NONE)
    assert fault(caught)[0] == "key-missing"


def test_keyring_that_holds_something_else_is_not_overwritten(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*given: str) -> None:
        raise AssertionError("overwritten")

    install(monkeypatch, lambda *name: "hunter2", never)
    with pytest.raises(RegisterFault) as caught:
        make_key(ID, KeyPlace("keyring"), NONE)
    code, message = fault(caught)
    assert code == "key-wrong"
    assert "hunter2" not in message


def test_keyring_that_breaks_does_not_tell_what_was_to_be_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*given: str) -> None:
        raise RuntimeError(f"could not store {given}")

    install(monkeypatch, lambda *name: None, broken)
    with pytest.raises(RegisterFault) as caught:
        make_key(ID, KeyPlace("keyring"), NONE)
    code, message = fault(caught)
    assert code == "key-missing"
    assert "could not store" not in message
    assert caught.value.__suppress_context__


def test_missing_library_for_keyrings_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(RegisterFault) as caught:
        read_key(ID, KeyPlace("keyring"), NONE)
    assert "riskgen[keyring]" in fault(caught)[1]


def test_computer_without_a_keyring_says_what_to_do_instead(monkeypatch: pytest.MonkeyPatch) -> None:
    keyring = pytest.importorskip("keyring")
    fail = pytest.importorskip("keyring.backends.fail")
    before = keyring.get_keyring()
    keyring.set_keyring(fail.Keyring())
    try:
        with pytest.raises(RegisterFault) as caught:
            make_key(ID, KeyPlace("keyring"), NONE)
    finally:
        keyring.set_keyring(before)
    code, message = fault(caught)
    assert code == "key-missing"
    assert "key file" in message


# --- the name of a key -----------------------------------------------------------------------------


def test_name_of_a_key_is_known_and_does_not_hold_the_key() -> None:
    assert key_name(KEY) == "b083ff66b801f8a8"
    assert key_name(KEY) not in KEY.hex()


def test_only_the_key_of_that_name_will_do() -> None:
    require_key(KEY, key_name(KEY))
    with pytest.raises(RegisterFault) as caught:
        require_key(KEY[::-1], key_name(KEY))
    code, message = fault(caught)
    assert code == "key-wrong"
    assert key_name(KEY) in message
    assert key_name(KEY[::-1]) in message
