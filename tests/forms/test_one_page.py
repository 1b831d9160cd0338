"""The cover sheet and the card for the office, filled in: each on one page, with what it is for and no more."""

import re
import subprocess
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import pytest
from docx import Document
from docx.oxml.ns import qn

from riskgen.core.assess import assess
from riskgen.core.model import Intake, School
from riskgen.core.struct import replace
from riskgen.core.terms import Outcome
from riskgen.forms.case import Deed, InPack, PackPlan, Progress
from riskgen.forms.catalogue import Pack
from riskgen.forms.phrases import listed
from riskgen.library.load import Library
from riskgen.service.homes import Home
from riskgen.service.packing import told_apart
from riskgen.service.paper import case_of, fill, forms_of
from riskgen.service.visits import Decided

ROOT = Path(__file__).resolve().parents[2]
MADE_AT = datetime(2026, 1, 5, 9, 0)
SAFE_WORD = "sentinelword"
FAMILY = {"family.name": "Sample family", "family.address": "1 Example Street\nSampletown\nZZ1 1ZZ"}
IDS = ("cover-sheet", "office-card")


@pytest.fixture(scope="module")
def papers(
    library: Library, example_school: School, routine: Mapping[str, Intake], tmp_path_factory: pytest.TempPathFactory
) -> Mapping[tuple[str, str], Path]:
    """Both forms under every policy, for a visit that may go ahead and a pack of ten forms."""
    home = Home(ROOT, library, example_school)
    entries = {entry.id: entry for entry in forms_of(home)}
    forms = tuple(
        InPack(number, entry.id, entry.title, entry.holders[0].words, "")
        for number, entry in enumerate(list(entries.values())[:10], start=1)
    )
    found = {}
    for policy, intake in routine.items():
        assert intake.start is not None
        intake = replace(intake, answers={**intake.answers, **FAMILY})
        edition = library.edition_on(policy, intake.start.date())
        assert edition is not None
        case = case_of(home, Decided(intake, edition, assess(intake, edition, home.catalogue)), "RA-2026-0001", MADE_AT)
        case = replace(
            case,
            progress=Progress(Outcome.PROCEED, Deed("Blair Invented", MADE_AT)),
            pack=PackPlan("The visit may go ahead.", forms, (("A letter", "Nobody asks for it."),)),
        )
        folder = tmp_path_factory.mktemp(policy)
        for name in IDS:
            path = folder / f"{policy}-{name}.docx"
            path.write_bytes(fill(case, entries[name], SAFE_WORD))
            found[policy, name] = path
    return found


def said(path: Path) -> str:
    return "\n".join(
        "".join(node.text or "" for node in paragraph.iter(qn("w:t")))
        for paragraph in Document(str(path)).element.body.iter(qn("w:p"))
    )


def test_the_office_card_says_who_when_and_what_to_say_and_not_the_safe_word(
    papers: Mapping[tuple[str, str], Path], routine: Mapping[str, Intake], example_school: School
) -> None:
    for policy, intake in routine.items():
        text = said(papers[policy, "office-card"])
        for visitor in intake.visitors:
            assert f"{visitor.name}, mobile {visitor.mobile}." in text
        assert f"I am ringing from {example_school.name}, telephone {example_school.office_phone}." in text
        assert ("home visit alone" in text) == (len(intake.visitors) == 1)
        assert re.search(r"^At once, \d\d:\d\d$", text, re.MULTILINE), policy
        assert "no alarm goes off by itself" in text
        assert SAFE_WORD not in text


def test_each_ladder_of_the_office_card_says_whose_it_is(papers: Mapping[tuple[str, str], Path]) -> None:
    own, fallback = "The policy's own steps.", "The policy says nothing: the school's own steps."
    assert f"The visitors are overdue. {own}" in said(papers["heather-avenue", "office-card"])
    assert f"The visitors are overdue. {fallback}" in said(papers["bchs", "office-card"])
    assert f"A check-in is missed. {fallback}" in said(papers["heather-avenue", "office-card"])


def test_the_cover_sheet_names_neither_the_family_nor_where_it_lives(papers: Mapping[tuple[str, str], Path]) -> None:
    for (_, name), path in papers.items():
        text = said(path)
        if name == "cover-sheet":
            assert "Sample family" not in text
            assert "1 Example Street" not in text
            assert "Authorised by Blair Invented" in text
            assert "Nobody asks for it." in text


@pytest.mark.parametrize("policy", ["bchs", "heather-avenue", "le-rocquier", "robert-ogden", "st-patricks"])
def test_the_cover_sheet_of_a_whole_pack_is_one_page(
    library: Library,
    example_school: School,
    routine: Mapping[str, Intake],
    soffice: str,
    pdftotext: str,
    tmp_path: Path,
    policy: str,
) -> None:
    """With every form that its policy calls for, one that is left out, and what is open."""
    home, intake = Home(ROOT, library, example_school), routine[policy]
    assert intake.start is not None
    edition = library.edition_on(policy, intake.start.date())
    assert edition is not None
    entries = forms_of(home)
    visit = [entry for entry in entries if Pack.VISIT in entry.packs]
    chosen = [entry for entry in visit if edition.call(entry.id) or not entry.if_called_for]
    forms = tuple(
        InPack(n, entry.id, told_apart(entry, edition, entries), listed(each.words for each in entry.holders), "RO-18")
        for n, entry in enumerate(chosen, start=1)
    )
    assert len(forms) >= 10
    left_out = (
        ("Letter to the local authority, social services or another party", "LR-03 does not call for it here."),
    )
    intake = replace(intake, answers={**intake.answers, "visit.purpose_clear": False})
    case = case_of(home, Decided(intake, edition, assess(intake, edition, home.catalogue)), "RA-2026-0001", MADE_AT)
    path = tmp_path / "cover-sheet.docx"
    path.write_bytes(fill(replace(case, pack=PackPlan("The visit may go ahead.", forms, left_out)), entries[0], ""))
    profile = (tmp_path / "profile").as_uri()
    command = [soffice, "--headless", f"-env:UserInstallation={profile}", "--convert-to", "pdf", "--outdir", tmp_path]
    subprocess.run([*command, path], capture_output=True, check=True, timeout=300)
    done = subprocess.run([pdftotext, path.with_suffix(".pdf"), "-"], capture_output=True, text=True, check=True)
    assert "Page 1 of 1" in done.stdout


def test_each_is_one_page(papers: Mapping[tuple[str, str], Path], soffice: str, pdftotext: str, tmp_path: Path) -> None:
    profile = (tmp_path / "profile").as_uri()
    command = [soffice, "--headless", f"-env:UserInstallation={profile}", "--convert-to", "pdf", "--outdir", tmp_path]
    subprocess.run([*command, *papers.values()], capture_output=True, check=True, timeout=300)
    for path in papers.values():
        pdf = tmp_path / path.with_suffix(".pdf").name
        done = subprocess.run([pdftotext, "-layout", pdf, "-"], capture_output=True, text=True, check=True)
        assert "Page 1 of 1" in done.stdout, path.name
