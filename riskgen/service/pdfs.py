"""The PDFs of a pack, one for each holder; and printing it."""

import sys
from collections.abc import Iterator, Sequence

from riskgen.files.private import StillThere, private_folder
from riskgen.forms.catalogue import Holder, Pack
from riskgen.service.faults import EnvironmentFault
from riskgen.service.homes import Home
from riskgen.service.packing import Made, Written

_ALL_THE_SAME = "The Word files are there all the same."


class PdfMissing(EnvironmentFault):
    """PDFs could not be made. The Word files of the pack do not need them."""


def pdfs_of(made: Made, home: Home) -> tuple[Written, ...]:
    """One PDF for each holder, with the holder's forms in print order. Raises `PdfMissing`.

    Nothing travels before a visit may go, so until then only what stays at school is bound.
    """
    from riskgen.forms.binding import Bound, bind
    from riskgen.forms.pdf import PdfFault, find_libreoffice, to_pdf

    forms = [each for each in made.files if each.form]
    try:
        program = find_libreoffice(home.school.libreoffice, home.folder)
        pages = to_pdf({each.name: each.content for each in forms}, program)
    except PdfFault as fault:
        raise PdfMissing(f"No PDF was made: {fault} {_ALL_THE_SAME}") from fault
    reference, start = made.papers.visit.reference, made.case.start or made.case.made_at
    return tuple(
        Written(
            f"{reference}_{holder.value}_{start:%Y-%m-%d}.pdf",
            bind([Bound(each.title, pages[each.name]) for each in theirs], f"{holder.words}: {reference}"),
            (holder,),
            title=f"PDF for: {holder.words}",
        )
        for holder, theirs in _by_holder(made.pack, forms)
    )


def _by_holder(pack: Pack, forms: Sequence[Written]) -> Iterator[tuple[Holder, list[Written]]]:
    for holder in Holder:
        theirs = [each for each in forms if holder in each.holders]
        if theirs and (holder.at_school or pack is Pack.VISIT):
            yield holder, theirs


def print_pack(made: Made, pdfs: Sequence[Written]) -> None:
    """Send a pack to the default printer: a PDF for each holder, or on Windows the Word forms.

    Raises `EnvironmentFault`. What is printed lies in a private folder until the printer has taken it.
    """
    from riskgen.service.printing import print_files

    wanted = [each for each in made.files if each.form] if sys.platform == "win32" else pdfs
    try:
        with private_folder() as folder:
            paths = [folder / each.name for each in wanted]
            for path, each in zip(paths, wanted, strict=True):
                path.write_bytes(each.content)
            print_files(paths)
    except StillThere as fault:
        raise EnvironmentFault(str(fault)) from fault
    except OSError as error:
        raise EnvironmentFault(f"Nothing was printed: {error.strerror}.") from error
