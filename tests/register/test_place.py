"""Synchronised folders, second versions, network shares and open permissions are known by their signs."""

import os
import sys
from pathlib import Path, PureWindowsPath

import pytest

from riskgen.register.place import conflicted_copies, network_share, open_to_others, synced_by

NONE: dict[str, str] = {}

posix = pytest.mark.skipif(os.name != "posix", reason="permission bits and mounts are those of POSIX")


# --- synchronised folders --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("folder", "service"),
    [
        ("OneDrive/visits", "OneDrive"),
        ("onedrive", "OneDrive"),
        ("OneDrive - School/visits/2026", "OneDrive"),
        ("Library/CloudStorage/OneDrive-School/visits", "OneDrive"),
        ("Dropbox/visits", "Dropbox"),
        ("Dropbox (Sample School)", "Dropbox"),
        ("Library/CloudStorage/Dropbox-School", "Dropbox"),
        ("Google Drive/My Drive", "Google Drive"),
        ("My Drive/visits", "Google Drive"),
        ("DriveFS/visits", "Google Drive"),
        ("Library/CloudStorage/GoogleDrive-office@example.com/visits", "Google Drive"),
        ("Library/Mobile Documents/com~apple~CloudDocs/visits", "iCloud"),
        ("iCloudDrive/visits", "iCloud"),
        ("Library/CloudStorage/Unheard Of/visits", "a cloud service"),
        ("Nextcloud/visits", "Nextcloud"),
        ("ownCloud/visits", "ownCloud"),
        ("Box/visits", "Box"),
        ("Library/CloudStorage/Box-Box", "Box"),
        ("pCloudDrive/visits", "pCloud"),
        ("Syncthing/visits", "Syncthing"),
    ],
)
def test_synchronised_folder_is_known_by_its_name(tmp_path: Path, folder: str, service: str) -> None:
    assert synced_by(tmp_path / folder, NONE) == service
    (tmp_path / folder).mkdir(parents=True)
    assert synced_by(tmp_path / folder, NONE) == service


@pytest.mark.parametrize(
    "folder",
    [
        "visits",
        "boxes/visits",
        "Toolbox",
        "Box of papers",
        "Dropboxes",
        "my drives",
        "OneDriver",
        "Library/visits",
        "CloudStorage/visits",
        "Library/CloudStorage",
        "nextcloudy",
    ],
)
def test_folder_whose_name_only_resembles_one_is_not_synchronised(tmp_path: Path, folder: str) -> None:
    (tmp_path / folder).mkdir(parents=True)
    assert synced_by(tmp_path / folder, NONE) is None


def test_link_from_or_into_a_synchronised_folder_hides_nothing(tmp_path: Path) -> None:
    (tmp_path / "Dropbox" / "visits").mkdir(parents=True)
    (tmp_path / "plain").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "Dropbox")
    (tmp_path / "Dropbox" / "out").symlink_to(tmp_path / "plain")
    assert synced_by(tmp_path / "link" / "visits", NONE) == "Dropbox"
    assert synced_by(tmp_path / "Dropbox" / "out", NONE) == "Dropbox"
    assert synced_by(tmp_path / "plain", NONE) is None


def test_folder_named_from_where_one_stands_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "Dropbox").mkdir()
    monkeypatch.chdir(tmp_path / "Dropbox")
    assert synced_by(Path("visits"), NONE) == "Dropbox"


@pytest.mark.parametrize("name", ["OneDrive", "OneDriveCommercial", "OneDriveConsumer"])
def test_folder_that_the_environment_gives_to_onedrive_is_known(tmp_path: Path, name: str) -> None:
    environment = {name: str(tmp_path / "Cloud")}
    assert synced_by(tmp_path / "Cloud" / "visits", environment) == "OneDrive"
    assert synced_by(tmp_path / "cloud", environment) == "OneDrive"
    assert synced_by(tmp_path / "Cloudy", environment) is None
    assert synced_by(tmp_path, environment) is None


def test_libraries_of_the_same_school_beside_its_onedrive_are_synchronised_too(tmp_path: Path) -> None:
    environment = {"OneDriveCommercial": str(tmp_path / "OneDrive - Sample School")}
    assert synced_by(tmp_path / "Sample School" / "Office - Documents", environment) == "OneDrive"
    assert synced_by(tmp_path / "Another School", environment) is None


@pytest.mark.parametrize("value", ["", " ", ".", "visits"])
def test_variable_that_names_no_folder_says_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert synced_by(tmp_path / "visits", {"OneDrive": value}) is None


@pytest.mark.parametrize(
    ("marker", "service"),
    [
        (".dropbox", "Dropbox"),
        (".dropbox.cache/", "Dropbox"),
        (".nextcloudsync.log", "Nextcloud"),
        (".owncloudsync.log", "ownCloud"),
        (".sync_0a1b2c.db", "Nextcloud or ownCloud"),
        ("._sync_0a1b2c.db", "Nextcloud or ownCloud"),
        (".stfolder/", "Syncthing"),
        (".stfolder", "Syncthing"),
        (".shortcut-targets-by-id/", "Google Drive"),
        (".tmp.driveupload/", "Google Drive"),
    ],
)
def test_synchronised_folder_is_known_by_what_the_service_leaves_in_it_or_above(
    tmp_path: Path, marker: str, service: str
) -> None:
    top, beside = tmp_path / "school", tmp_path / "beside"
    visits = top / "visits" / "2026"
    visits.mkdir(parents=True)
    beside.mkdir()
    (top / marker).mkdir() if marker.endswith("/") else (top / marker).touch()
    assert synced_by(top, NONE) == synced_by(visits, NONE) == synced_by(visits / "not yet made", NONE) == service
    assert synced_by(beside, NONE) is None


@pytest.mark.parametrize("name", ["desktop.ini", ".sync.db", "sync_a.db", ".dropbox/", ".sync_a.db.txt"])
def test_what_may_lie_in_any_folder_is_no_marker(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir() if name.endswith("/") else (tmp_path / name).touch()
    assert synced_by(tmp_path / "school", NONE) is None


# --- second versions -------------------------------------------------------------------------------

COPIES = [
    "register (Office's conflicted copy 2026-01-05).db",
    "register (conflicted copy 2026-01-05 101010).db",
    "register_conflict-20260105-101010.db",
    "register-conflict.db",
    "register (1).db",
    "register(2).db",
    "register 2.db",
    "register.sync-conflict-20260105-101010-ABCDEFG.db",
    "register-DESKTOP-0A1B2C3.db",
    "Register (Case Conflict).DB",
]


def test_second_versions_beside_a_register_are_found(tmp_path: Path) -> None:
    register = tmp_path / "register.db"
    for name in ["register.db", *COPIES]:
        (tmp_path / name).touch()
    assert conflicted_copies(register) == tuple(sorted(tmp_path / name for name in COPIES))


@pytest.mark.parametrize(
    "name",
    [
        "register.db-journal",
        "register-2026-01-05.db",
        "register.conflict.txt",
        "registers (1).db",
        "registerconflict.db",
        "other (1).db",
        "register (1).db.gz",
        "register (one).db",
    ],
)
def test_other_files_beside_a_register_are_not_second_versions(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    assert conflicted_copies(tmp_path / "register.db") == ()


def test_folder_that_is_not_there_holds_no_second_versions(tmp_path: Path) -> None:
    (tmp_path / "register (1).db").mkdir()
    assert conflicted_copies(tmp_path / "register.db") == ()
    assert conflicted_copies(tmp_path / "no" / "register.db") == ()


# --- network shares --------------------------------------------------------------------------------

MOUNTS = r"""/dev/sda1 / ext4 rw,relatime 0 0
files:/srv /srv/school nfs4 rw 0 0
//files/office /media/our\040office cifs rw 0 0
/dev/sdb1 /media/our\040office/local ext4 rw 0 0
office@files: /home/office/files fuse.sshfs rw 0 0
C:\134 /mnt/c 9p rw,aname=drvfs 0 0
systemd-1 /net autofs rw 0 0
files:/net /net nfs rw 0 0
tmpfs /hidden tmpfs rw 0 0
files:/hidden /covered nfs rw 0 0
/dev/sdc1 /covered ext4 rw 0 0
broken line
"""


@posix
@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/srv/school", "nfs4"),
        ("/srv/school/visits", "nfs4"),
        ("/media/our office/visits", "cifs"),
        ("/home/office/files/visits", "fuse.sshfs"),
        ("/net/visits", "nfs"),
    ],
)
def test_folder_on_a_mounted_share_is_known_by_the_longest_mount(folder: str, kind: str) -> None:
    found = network_share(Path(folder), lambda: MOUNTS, lambda path: path)
    assert found is not None
    assert kind in found


@posix
@pytest.mark.parametrize(
    "folder", ["/", "/srv", "/srv/schools", "/media/our office/local/visits", "/mnt/c/visits", "/hidden", "/covered/a"]
)
def test_folder_on_a_disk_of_this_computer_is_on_no_share(folder: str) -> None:
    assert network_share(Path(folder), lambda: MOUNTS, lambda path: path) is None


@posix
def test_link_to_a_share_is_followed(tmp_path: Path) -> None:
    (tmp_path / "share").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "share")
    mounts = f"/dev/sda1 / ext4 rw 0 0\nfiles:/srv {tmp_path}/share nfs rw 0 0\n"
    assert network_share(tmp_path / "link" / "visits", lambda: mounts) is not None
    assert network_share(tmp_path / "other", lambda: mounts) is None


@pytest.mark.parametrize(
    ("real", "share"),
    [
        (r"\\files\office\visits", r"\\files\office"),
        (r"\\?\UNC\files\office\visits", r"\\files\office"),
        (r"\\?\unc\files\office\visits", r"\\files\office"),
    ],
)
def test_share_of_windows_is_known_by_its_name_and_behind_a_mapped_drive(real: str, share: str) -> None:
    assert network_share(Path(real), lambda: "", lambda path: path) == f"the share {share}"
    assert network_share(Path("S:/visits"), lambda: "", lambda path: PureWindowsPath(real)) == f"the share {share}"


@pytest.mark.parametrize("real", [r"C:\visits", r"\\?\C:\visits", r"\\.\C:\visits"])
def test_disk_of_windows_is_on_no_share(real: str) -> None:
    assert network_share(Path("visits"), lambda: "", lambda path: PureWindowsPath(real)) is None


@pytest.mark.skipif(sys.platform != "linux", reason="Linux lists its mounts in a file")
def test_mounts_of_this_computer_can_be_read(tmp_path: Path) -> None:
    listed = Path("/proc/mounts").read_text(errors="surrogateescape")
    assert network_share(tmp_path) == network_share(tmp_path, lambda: listed)


# --- permissions -----------------------------------------------------------------------------------


@posix
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o601, 0o777])
def test_file_or_folder_that_others_may_touch_is_open(tmp_path: Path, mode: int) -> None:
    tmp_path.joinpath("file").touch(mode=0o600)
    tmp_path.joinpath("folder").mkdir(mode=0o700)
    for path in (tmp_path / "file", tmp_path / "folder"):
        assert not open_to_others(path)
        path.chmod(mode)
        assert open_to_others(path)


@posix
def test_permissions_of_what_is_not_there_are_no_answer(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        open_to_others(tmp_path / "no")
