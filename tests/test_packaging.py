"""riskgen finds its data and forms from a wheel, from an editable install and from a plain checkout alike.

Everything is built from a copy, so that nothing is left in the checkout.
"""

import os
import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NoReturn

import pytest

ROOT = Path(__file__).parents[1]
LIBRARIES = [path for path in sys.path if Path(path).name in ("site-packages", "dist-packages")]
DATA = ("data", "templates")


def tools_missing() -> str:
    """What is lacking to build a wheel here without a network; empty if nothing is."""
    try:
        version("pip")
        found = version("setuptools")
    except PackageNotFoundError as missing:
        return f"{missing.name} is not installed"
    old = int(found.partition(".")[0]) < 75
    return f"setuptools {found} is too old to build a wheel by itself; 75 is not" if old else ""


def skip(reason: str) -> NoReturn:
    """A test that lacks a tool is skipped, except where every tool has been promised."""
    if os.environ.get("RISKGEN_TOOLS_REQUIRED"):
        pytest.fail(reason)
    pytest.skip(reason)


def environment(**more: str) -> dict[str, str]:
    without = ("PYTHONPATH", "PYTHONHOME", "RISKGEN_HOME", "NO_COLOR", "PIP_REQUIRE_VIRTUALENV")
    kept = {name: value for name, value in os.environ.items() if name not in without}
    return {**kept, "PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1", **more}


def run(*command: object, cwd: Path, **more: str) -> str:
    words = [str(word) for word in command]
    found = subprocess.run(
        words, cwd=cwd, env=environment(**more), capture_output=True, text=True, timeout=120, check=False
    )
    assert found.returncode == 0, found.stdout + found.stderr
    assert "Traceback" not in found.stderr
    return found.stdout + found.stderr


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What somebody who clones the project gets, without what is made on the way."""
    folder = tmp_path_factory.mktemp("clone") / "riskgen"
    leave = shutil.ignore_patterns("__pycache__", "*.egg-info", "build", "dist", ".*")
    for name in ("riskgen", *DATA):
        shutil.copytree(ROOT / name, folder / name, ignore=leave)
    for name in ("setup.cfg", "pyproject.toml", "README.md"):
        if (ROOT / name).exists():
            shutil.copy(ROOT / name, folder)
    return folder


@pytest.fixture(scope="module")
def wheel(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    if missing := tools_missing():
        skip(missing)
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    shutil.copytree(checkout, source)
    options = ("--no-deps", "--no-build-isolation", "--quiet")
    run(sys.executable, "-m", "pip", "wheel", *options, "--wheel-dir", folder, source, cwd=folder)
    return next(folder.glob("riskgen-*.whl"))


def fresh(folder: Path) -> Path:
    """The python of a new virtual environment that sees the libraries installed here, but no riskgen."""
    run(sys.executable, "-m", "venv", "--without-pip", folder / "venv", cwd=folder)
    scripts = folder / "venv" / ("Scripts" if os.name == "nt" else "bin")
    python = scripts / ("python.exe" if os.name == "nt" else "python")
    site = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_paths()['purelib'])", cwd=folder).strip())
    # The folders in a .pth file are searched, but .pth files in them are not read: an editable riskgen stays away.
    (site / "libraries.pth").write_text("\n".join(LIBRARIES), encoding="utf-8")
    return python


def installed(python: Path) -> Path:
    return python.with_name("riskgen.exe" if os.name == "nt" else "riskgen")


def works(command: tuple[object, ...], where: Path, **more: str) -> None:
    """Hold a riskgen against its two commands that need no school, from a folder that has nothing to do with it."""
    elsewhere = where / "elsewhere"
    elsewhere.mkdir()
    assert "PROCEED WITH CONDITIONS" in run(*command, "demo", cwd=elsewhere, **more)
    forms = sorted(path.name.split("_")[1] for path in (elsewhere / "riskgen-demo").iterdir())
    assert forms == ["intent-to-visit-office", "intent-to-visit-travelling", "risk-assessment"]
    checked = run(*command, "check", cwd=elsewhere, **more)
    assert "Checked the data and forms that came with riskgen." in checked
    assert "No problems" in checked


def test_the_wheel_holds_every_data_file_and_every_form(wheel: Path, checkout: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = {name: archive.read(name) for name in archive.namelist() if "dist-info" not in name}
    wanted = {
        f"riskgen/{path.relative_to(checkout).as_posix()}": path.read_bytes()
        for name in DATA
        for path in (checkout / name).rglob("*")
        if path.is_file()
    }
    wanted |= {
        path.relative_to(checkout).as_posix(): path.read_bytes()
        for path in (checkout / "riskgen").rglob("*")
        if path.is_file()
    }
    assert set(held) == set(wanted)
    assert held == wanted


def test_an_installed_wheel_works_from_anywhere(wheel: Path, tmp_path: Path) -> None:
    python = fresh(tmp_path)
    pip = (sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--quiet")
    run(*pip, wheel, cwd=tmp_path)
    where = run(python, "-c", "import riskgen; print(riskgen.__file__)", cwd=tmp_path).strip()
    assert Path(where).is_relative_to(tmp_path.resolve()) or Path(where).is_relative_to(tmp_path)
    works((installed(python),), tmp_path)


def test_an_editable_install_works_from_anywhere(checkout: Path, tmp_path: Path) -> None:
    if missing := tools_missing():
        skip(missing)
    source = tmp_path / "source"
    shutil.copytree(checkout, source)
    python = fresh(tmp_path)
    pip = (sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-build-isolation", "--quiet")
    run(*pip, "--editable", source, cwd=tmp_path)
    works((installed(python),), tmp_path)
    note = source / "data" / "hazards" / "animal.yaml"
    note.write_text(note.read_text(encoding="utf-8") + "surplus: yes\n", encoding="utf-8")
    found = subprocess.run(
        [installed(python), "policy", "list"],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 3, "an edit in the checkout is not seen"
    assert "animal.yaml" in found.stderr


def test_a_plain_checkout_works_from_anywhere(checkout: Path, tmp_path: Path) -> None:
    works((sys.executable, "-m", "riskgen"), tmp_path, PYTHONPATH=str(checkout))


def test_the_version_is_the_same_everywhere(wheel: Path) -> None:
    import riskgen

    assert wheel.name.split("-")[1] == riskgen.__version__
    with zipfile.ZipFile(wheel) as archive:
        metadata = next(name for name in archive.namelist() if name.endswith("METADATA"))
        assert f"\nVersion: {riskgen.__version__}\n" in archive.read(metadata).decode()
