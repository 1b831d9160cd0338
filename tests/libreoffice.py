"""Files as LibreOffice saves them again."""

import subprocess
from pathlib import Path

_FILTERS = {".docx": "docx:MS Word 2007 XML", ".xlsx": "xlsx:Calc MS Excel 2007 XML"}


def through_libreoffice(soffice: str, path: Path, folder: Path) -> Path:
    """The form, or the workbook with every formula that has no value worked out, saved into the folder."""
    folder.mkdir(exist_ok=True)
    command = [soffice, "--headless", f"-env:UserInstallation={(folder / 'profile').as_uri()}"]
    command += ["--convert-to", _FILTERS[path.suffix], "--outdir", str(folder), str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    return folder / path.name
