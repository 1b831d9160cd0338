"""PDFs bound into one stay tagged: whoever reads by ear finds every form, heading and table in it."""

import io
import subprocess
import time
from collections.abc import Callable, Iterator
from typing import Any

import pikepdf
import pytest
from made_pdfs import WORDS, MadePdfs, page_count, plain_pdf, saved, text

from riskgen.forms.binding import Bound, bind

TITLE = "Office: RA-2026-0001"
Change = Callable[[pikepdf.Pdf], None]


def parts_of(made: MadePdfs) -> list[Bound]:
    return [Bound(name.removesuffix(".docx"), content) for name, content in made.of.items()]


@pytest.fixture(scope="module")
def book(made_pdfs: MadePdfs) -> bytes:
    return bind(parts_of(made_pdfs), TITLE)


def changed(part: Bound, change: Change) -> Bound:
    with pikepdf.open(io.BytesIO(part.content)) as pdf:
        change(pdf)
        return Bound(part.title, saved(pdf))


def listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, pikepdf.Array) else [] if value is None else [value]


def elements(first: Any) -> Iterator[Any]:
    """An element and all below it. Each has to know above which it stands."""
    waiting = [first]
    while waiting:
        element = waiting.pop()
        yield element
        for kid in listed(element.get("/K")):
            if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
                assert kid.P.objgen == element.objgen
                waiting.append(kid)


def first_below(pdf: pikepdf.Pdf) -> Any:
    """The first element of a part's text."""
    (top,) = listed(pdf.Root.StructTreeRoot.K)
    return listed(top.K)[0]


# --- for the eye ----------------------------------------------------------------------------------


def test_pages_follow_each_other_are_listed_and_numbered(book: bytes, pdftotext: str) -> None:
    pages = text(book, pdftotext).split("\f")[:-1]
    assert page_count(book) == len(pages) == 6
    for number, word in enumerate(WORDS):
        assert f"{word} heading" in pages[2 * number]
        assert f"{word} page two" in pages[2 * number + 1]
    with pikepdf.open(io.BytesIO(book)) as found, found.open_outline() as outline:
        assert [item.title for item in outline.root] == [f"{word} & Co" for word in WORDS]
        starts = [found.pages[number].obj.objgen for number in (0, 2, 4)]
        assert [item.destination[0].objgen for item in outline.root] == starts
        assert [page.label for page in found.pages] == ["1", "2", "3", "4", "5", "6"]


def test_poppler_takes_it_for_tagged(book: bytes, pdfinfo: str) -> None:
    said = subprocess.run([pdfinfo, "-"], input=book, capture_output=True, check=True)
    found = dict(line.split(":", 1) for line in said.stdout.decode().splitlines())
    assert found["Tagged"].strip() == "yes"
    assert found["Pages"].strip() == "6"
    assert found["Title"].strip() == TITLE
    assert said.stderr == b""
    structure = subprocess.run([pdfinfo, "-struct", "-"], input=book, capture_output=True, check=True).stdout.decode()
    assert structure.count("Part") == 3
    assert structure.count("Table") >= 3


def test_it_says_what_it_is_and_nothing_of_whoever_made_it(book: bytes) -> None:
    with pikepdf.open(io.BytesIO(book)) as found:
        assert found.Root.Lang == "en-GB"
        assert found.Root.MarkInfo.Marked
        assert found.Root.ViewerPreferences.DisplayDocTitle
        assert dict(found.docinfo.items()) == {"/Title": TITLE, "/Producer": "riskgen"}
        with found.open_metadata() as metadata:
            assert metadata["dc:title"] == TITLE
            assert metadata["pdfuaid:part"] == "1"
            assert not [name for name in metadata if "reator" in name or "Date" in name]
    for entry in (b"Sample Author", b"LibreOffice", b"CreationDate"):
        assert entry not in book


def test_the_same_parts_give_the_same_bytes(made_pdfs: MadePdfs, book: bytes) -> None:
    time.sleep(1.1)  # the identifier of a PDF is usually made of the time in seconds
    assert bind(parts_of(made_pdfs), TITLE) == book
    assert bind(parts_of(made_pdfs), "Another title") != book


# --- for the ear ----------------------------------------------------------------------------------


def test_it_stays_tagged_from_the_root_to_every_page(book: bytes) -> None:
    with pikepdf.open(io.BytesIO(book)) as found:
        root = found.Root.StructTreeRoot
        (whole,) = list(root.K)
        assert str(whole.S) == "/Document"
        assert [str(part.S) for part in whole.K] == ["/Part"] * 3
        all_of_them = list(elements(whole))
        reached = {element.Pg.objgen for element in all_of_them if "/Pg" in element}
        assert reached == {page.obj.objgen for page in found.pages}
        numbers = dict(pikepdf.NumberTree(root.ParentTree).items())
        named = [int(page.obj.StructParents) for page in found.pages]
        assert len(set(named)) == len(named)
        assert set(named) <= set(numbers)
        assert root.ParentTreeNextKey > max(numbers)
        known = {element.objgen for element in all_of_them}
        for page in found.pages:  # each piece of a page leads to an element in the tree, and that back to the page
            entries = [entry for entry in numbers[int(page.obj.StructParents)] if isinstance(entry, pikepdf.Dictionary)]
            assert entries
            assert {entry.objgen for entry in entries} <= known
            assert {entry.Pg.objgen for entry in entries if "/Pg" in entry} <= {page.obj.objgen}


def test_each_piece_of_each_page_is_in_the_tree(book: bytes) -> None:
    with pikepdf.open(io.BytesIO(book)) as found:
        numbers = dict(pikepdf.NumberTree(found.Root.StructTreeRoot.ParentTree).items())
        for page in found.pages:
            entries = list(numbers[int(page.obj.StructParents)])
            marked = [
                int(item.operands[1].MCID)
                for item in pikepdf.parse_content_stream(page, "BDC")
                if isinstance(item.operands[1], pikepdf.Dictionary) and "/MCID" in item.operands[1]
            ]
            assert marked
            for number in marked:
                held = [
                    int(kid.MCID) if isinstance(kid, pikepdf.Dictionary) and "/MCID" in kid else kid
                    for kid in listed(entries[number].K)
                ]
                assert number in held


def test_styles_and_classes_of_one_name_that_mean_two_things_are_kept_apart(made_pdfs: MadePdfs) -> None:
    def meaning(role: str, indent: int) -> Change:
        def change(pdf: pikepdf.Pdf) -> None:
            tree = pdf.Root.StructTreeRoot
            tree.RoleMap = pikepdf.Dictionary({"/Own": pikepdf.Name(role), "/Same": pikepdf.Name.P})
            tree.ClassMap = pikepdf.Dictionary({"/Wide": pikepdf.Dictionary(O=pikepdf.Name.Layout, StartIndent=indent)})
            first_below(pdf).S = pikepdf.Name.Own
            first_below(pdf).C = pikepdf.Array([pikepdf.Name.Wide, 0])

        return change

    one, other, third = parts_of(made_pdfs)
    joined = bind([changed(one, meaning("/H1", 10)), changed(other, meaning("/P", 20)), third], "All")
    with pikepdf.open(io.BytesIO(joined)) as found:
        root = found.Root.StructTreeRoot
        roles = {name: str(role) for name, role in root.RoleMap.items()}
        assert (roles["/Own"], roles["/Own-2"], roles["/Same"]) == ("/H1", "/P", "/P")
        assert {name: int(entry.StartIndent) for name, entry in root.ClassMap.items()} == {"/Wide": 10, "/Wide-2": 20}
        (whole,) = list(root.K)
        firsts = [listed(part.K)[0] for part in whole.K][:2]
        assert [str(first.S) for first in firsts] == ["/Own", "/Own-2"]
        assert [str(first.C[0]) for first in firsts] == ["/Wide", "/Wide-2"]


def test_ids_of_one_name_are_kept_apart_with_what_refers_to_them(made_pdfs: MadePdfs) -> None:
    def named(pdf: pikepdf.Pdf) -> None:
        cell = first_below(pdf)
        cell.ID = pikepdf.String("head")
        cell.A = pikepdf.Dictionary(O=pikepdf.Name.Table, Headers=pikepdf.Array([pikepdf.String("head")]))

    one, other, _ = parts_of(made_pdfs)
    with pikepdf.open(io.BytesIO(bind([changed(one, named), changed(other, named)], "Both"))) as found:
        root = found.Root.StructTreeRoot
        ids = dict(pikepdf.NameTree(root.IDTree).items())
        (whole,) = list(root.K)
        cells = [listed(part.K)[0] for part in whole.K]
        assert [str(cell.ID) for cell in cells] == sorted(ids)
        assert len(ids) == 2
        for cell in cells:
            assert ids[str(cell.ID)].objgen == cell.objgen
            assert [str(each) for each in cell.A.Headers] == [str(cell.ID)]


def test_annotations_and_shared_pictures_are_moved_on_once_each(made_pdfs: MadePdfs) -> None:
    def furnished(pdf: pikepdf.Pdf) -> None:
        """A link on the first page; a picture with another in it that both pages share."""
        tree = pdf.Root.StructTreeRoot
        numbers = pikepdf.NumberTree(tree.ParentTree)
        following = max(numbers) + 1
        inner = pdf.make_stream(b"", Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Form, StructParent=following + 2)
        outer = pdf.make_stream(
            b"",
            Type=pikepdf.Name.XObject,
            Subtype=pikepdf.Name.Form,
            StructParent=following + 1,
            Resources=pikepdf.Dictionary(XObject=pikepdf.Dictionary(Inner=inner)),
        )
        for page in pdf.pages:
            page.Resources.XObject = pikepdf.Dictionary(Outer=outer)
        link = pikepdf.Dictionary(
            Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 9, 9], StructParent=following
        )
        pdf.pages[0].Annots = pikepdf.Array([pdf.make_indirect(link)])
        for number in range(3):
            numbers[following + number] = first_below(pdf)

    one, other, _ = parts_of(made_pdfs)
    with pikepdf.open(io.BytesIO(bind([changed(one, furnished), changed(other, furnished)], "Both"))) as found:
        numbers = dict(pikepdf.NumberTree(found.Root.StructTreeRoot.ParentTree).items())
        (whole,) = list(found.Root.StructTreeRoot.K)
        seen = []
        for start, part in zip((0, 2), whole.K, strict=True):
            page = found.pages[start]
            outer = page.Resources.XObject.Outer
            own = [page.Annots[0].StructParent, outer.StructParent, outer.Resources.XObject.Inner.StructParent]
            for number in own:
                assert numbers[int(number)].objgen == listed(part.K)[0].objgen
            seen += own
        assert len(set(seen)) == 6


def test_it_claims_to_be_accessible_only_if_every_part_does(made_pdfs: MadePdfs) -> None:
    def silent(pdf: pikepdf.Pdf) -> None:
        with pdf.open_metadata() as metadata:
            del metadata["pdfuaid:part"]

    one, other, _ = parts_of(made_pdfs)
    with pikepdf.open(io.BytesIO(bind([one, changed(other, silent)], "Both"))) as found:
        assert "pdfuaid:part" not in found.open_metadata()


def test_a_part_in_another_language_says_so(made_pdfs: MadePdfs) -> None:
    def polish(pdf: pikepdf.Pdf) -> None:
        pdf.Root.Lang = pikepdf.String("pl-PL")

    def british(pdf: pikepdf.Pdf) -> None:
        pdf.Root.Lang = pikepdf.String("en-GB")

    one, other, _ = parts_of(made_pdfs)
    with pikepdf.open(io.BytesIO(bind([changed(one, british), changed(other, polish)], "Both"))) as found:
        (whole,) = list(found.Root.StructTreeRoot.K)
        assert [str(part.get("/Lang", "")) for part in whole.K] == ["", "pl-PL"]
        assert found.Root.Lang == "en-GB"


def test_what_is_not_tagged_cannot_be_bound(made_pdfs: MadePdfs) -> None:
    with pytest.raises(ValueError, match=r"Part 2 is not tagged\."):
        bind([parts_of(made_pdfs)[0], Bound("Plain", plain_pdf("Plain"))], "Both")
