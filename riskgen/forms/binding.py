"""Several tagged PDFs as one that stays tagged: pages in order, the structure trees under one root, an outline.

The libraries that join PDFs join pages and lose the tags, so this room joins the trees itself (ISO 32000-1, 14.7):
each page and annotation says by a number where it stands in the parent tree, and these numbers are moved on for each
part; names of styles and ids are kept apart where two parts mean different things by them.
"""

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from riskgen.core.struct import Struct

_LANGUAGE = "en-GB"


class Bound(Struct, frozen=True):
    """One part: its title, for the outline, and a tagged PDF."""

    title: str
    content: bytes


def bind(parts: Sequence[Bound], title: str) -> bytes:
    """One PDF of all parts. The same parts give the same bytes. Raises `ValueError` if one of them is not tagged.

    It says of itself that it follows PDF/UA (ISO 14289) only if every part does.
    """
    import pikepdf

    with pikepdf.new() as book:
        join = _Join(book)
        starts = [join.add(part.content) for part in parts]
        join.settle()
        root = book.Root
        root.MarkInfo = pikepdf.Dictionary(Marked=True)
        root.Lang = pikepdf.String(_LANGUAGE)
        root.ViewerPreferences = pikepdf.Dictionary(DisplayDocTitle=True)
        root.PageLabels = pikepdf.Dictionary(Nums=[0, pikepdf.Dictionary(S=pikepdf.Name.D)])
        with book.open_outline() as outline:
            outline.root.extend(
                pikepdf.OutlineItem(part.title, start) for part, start in zip(parts, starts, strict=True)
            )
        with book.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as metadata:
            metadata["dc:title"] = title
            metadata["dc:language"] = [_LANGUAGE]
            if join.accessible:
                metadata["pdfuaid:part"] = "1"
        book.docinfo["/Title"] = title
        book.docinfo["/Producer"] = "riskgen"
        result = io.BytesIO()
        book.save(result, min_version="1.7", deterministic_id=True)
    return result.getvalue()


class _Join:
    """The structure tree of the whole, as it grows part by part."""

    def __init__(self, book: Any) -> None:
        import pikepdf

        self.book = book
        self.parents: list[Any] = []  # numbers and entries of the parent tree, in turn
        self.following = 0
        self.roles: dict[str, Any] = {}
        self.classes: dict[str, Any] = {}
        self.ids: dict[str, Any] = {}
        self.part = 0
        self.accessible = True
        self.root = book.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.StructTreeRoot))
        self.whole = book.make_indirect(
            pikepdf.Dictionary(Type=pikepdf.Name.StructElem, S=pikepdf.Name.Document, P=self.root, K=pikepdf.Array())
        )

    def add(self, content: bytes) -> int:
        """Add the pages of a part and its tree. The number of its first page, from 0."""
        import pikepdf

        first = len(self.book.pages)
        self.part += 1
        with pikepdf.open(io.BytesIO(content)) as part:
            if "/ParentTree" not in part.Root.get("/StructTreeRoot", {}):
                raise ValueError(f"Part {self.part} is not tagged.")
            with part.open_metadata() as metadata:
                self.accessible &= metadata.get("pdfuaid:part") == "1"
            self.book.pages.extend(part.pages)
            # Pages first: only then does what points at a page find it again in the copy.
            tree = self.book.copy_foreign(part.Root.StructTreeRoot)
            last = self._parent_tree(tree)
            _move_on([page.obj for page in list(self.book.pages)[first:]], self.following)
            self.following += last + 1
            renamed = {
                "/S": self._told_apart(self.roles, tree.get("/RoleMap", {})),
                "/C": self._told_apart(self.classes, tree.get("/ClassMap", {})),
            }
            for kid in _kids(tree):
                kid.P = self.whole
                if kid.get("/S") == pikepdf.Name.Document:
                    kid.S = pikepdf.Name.Part
                if "/Lang" not in kid and str(part.Root.get("/Lang", _LANGUAGE)) != _LANGUAGE:
                    kid.Lang = pikepdf.String(str(part.Root.Lang))
                self.whole.K.append(kid)
                self._elements(kid, renamed)
        return first

    def _parent_tree(self, tree: Any) -> int:
        """Take over a part's parent tree, its numbers moved on; the highest of them as it was."""
        import pikepdf

        last = -1
        for number, entry in pikepdf.NumberTree(tree.ParentTree).items():
            self.parents += [number + self.following, entry]
            last = max(last, number)
        return last

    def _told_apart(self, known: dict[str, Any], theirs: Any) -> dict[str, str]:
        """Take over what a part means by its names of styles or classes; those that have to be called otherwise."""
        renamed = {}
        for name, meaning in theirs.items():
            if known.setdefault(name, meaning) != meaning:
                renamed[name] = f"{name}-{self.part}"
                known[renamed[name]] = meaning
        return renamed

    def _elements(self, first: Any, renamed: Mapping[str, Mapping[str, str]]) -> None:
        """Give elements the names and ids that they have in the whole."""
        import pikepdf

        waiting = [first]
        while waiting:
            element = waiting.pop()
            for key, names in renamed.items():
                if names and key in element:
                    _rename(element, key, names)
            if "/ID" in element:
                own = self._own(element.ID)
                element.ID = pikepdf.String(own)
                self.ids[own] = element
            for attributes in _listed(element.get("/A")):
                if isinstance(attributes, pikepdf.Dictionary) and "/Headers" in attributes:
                    attributes.Headers = [pikepdf.String(self._own(each)) for each in attributes.Headers]
            waiting += [kid for kid in _kids(element) if isinstance(kid, pikepdf.Dictionary) and "/S" in kid]

    def _own(self, name: Any) -> str:
        """An id within the whole."""
        return f"{self.part}-{name}"

    def settle(self) -> None:
        """Put the tree in its place, once all parts are in."""
        import pikepdf

        self.root.K = pikepdf.Array([self.whole])
        self.root.ParentTree = self.book.make_indirect(pikepdf.Dictionary(Nums=pikepdf.Array(self.parents)))
        self.root.ParentTreeNextKey = self.following
        self.root.RoleMap = pikepdf.Dictionary(self.roles)
        if self.classes:
            self.root.ClassMap = pikepdf.Dictionary(self.classes)
        if self.ids:
            names = [item for name in sorted(self.ids) for item in (pikepdf.String(name), self.ids[name])]
            self.root.IDTree = self.book.make_indirect(pikepdf.Dictionary(Names=pikepdf.Array(names)))
        self.book.Root.StructTreeRoot = self.root


def _move_on(pages: Iterable[Any], by: int) -> None:
    """Move on the numbers by which pages, their annotations and their pictures name their place in the parent tree.

    Pages may share pictures, and pictures may hold pictures, so each is moved on once.
    """
    seen: set[tuple[int, int]] = set()
    waiting = list(pages)
    while waiting:
        item = waiting.pop()
        if item.is_indirect:
            if item.objgen in seen:
                continue
            seen.add(item.objgen)
        for key in ("/StructParents", "/StructParent"):
            if key in item:
                item[key] = int(item[key]) + by
        waiting += _listed(item.get("/Annots"))
        waiting += (picture for _, picture in item.get("/Resources", {}).get("/XObject", {}).items())


def _rename(element: Any, key: str, names: Mapping[str, str]) -> None:
    """Give the one name at a key, or each in its array, the name that it has in the whole. Numbers there are kept."""
    import pikepdf

    def own(value: Any) -> Any:
        return pikepdf.Name(names.get(str(value), str(value))) if isinstance(value, pikepdf.Name) else value

    value = element[key]
    element[key] = pikepdf.Array([own(each) for each in value]) if isinstance(value, pikepdf.Array) else own(value)


def _kids(element: Any) -> Iterator[Any]:
    return _listed(element.get("/K"))


def _listed(value: Any) -> Iterator[Any]:
    """What stands alone or in an array; nothing where there is nothing."""
    import pikepdf

    if isinstance(value, pikepdf.Array):
        items: Iterable[Any] = value
        yield from items
    elif value is not None:
        yield value
