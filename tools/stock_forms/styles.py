"""The styles of the stock forms: one sans-serif font, few sizes, thin grey lines, dark text on light colours.

Whatever anybody reads is at least 11 points; only the spacers, Gap and Between, are smaller.
"""

from dataclasses import dataclass

from stock_forms.word import AMBER, GREY, Xml

NAMESPACE = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
FONT = "Arial"
INK = "1F2A44"
QUIET = "595959"
BUILT_IN = ("Title", "Subtitle", "Heading1", "Heading2", "Header", "Footer")


@dataclass(frozen=True)
class Look:
    """One paragraph style. Sizes are in points, distances in twentieths of a point, a line in 240ths of its height."""

    id: str
    name: str
    size: float
    before: int = 0
    after: int = 0
    line: int = 252
    exact: bool = False
    bold: bool = False
    colour: str = ""
    shade: str = ""
    keep: bool = False
    level: int | None = None
    bullets: bool = False
    rule: str = ""
    tab: int = 0

    def xml(self) -> Xml:
        own = "" if self.id in BUILT_IN else ' w:customStyle="1"'
        follows = '<w:next w:val="Normal"/>' if self.keep else ""
        return (
            f'<w:style w:type="paragraph"{own} w:styleId="{self.id}"><w:name w:val="{self.name}"/>'
            f'<w:basedOn w:val="Normal"/>{follows}<w:qFormat/>{self._paragraph()}{self._run()}</w:style>'
        )

    def _paragraph(self) -> Xml:
        how = "exact" if self.exact else "auto"
        border = f'<w:{self.rule} w:val="single" w:sz="4" w:space="4" w:color="{GREY}"/>'
        return (
            "<w:pPr>"
            + ("<w:keepNext/>" if self.keep else "")
            + ('<w:numPr><w:numId w:val="1"/></w:numPr>' if self.bullets else "")
            + (f"<w:pBdr>{border}</w:pBdr>" if self.rule else "")
            + (f'<w:shd w:val="clear" w:color="auto" w:fill="{self.shade}"/>' if self.shade else "")
            + (f'<w:tabs><w:tab w:val="right" w:pos="{self.tab}"/></w:tabs>' if self.tab else "")
            + f'<w:spacing w:before="{self.before}" w:after="{self.after}" w:line="{self.line}" w:lineRule="{how}"/>'
            + (f'<w:outlineLvl w:val="{self.level}"/>' if self.level is not None else "")
            + "</w:pPr>"
        )

    def _run(self) -> Xml:
        size = round(self.size * 2)
        return (
            "<w:rPr>"
            + ("<w:b/><w:bCs/>" if self.bold else "")
            + (f'<w:color w:val="{self.colour}"/>' if self.colour else "")
            + f'<w:sz w:val="{size}"/><w:szCs w:val="{size}"/></w:rPr>'
        )


def _looks(text_width: int) -> tuple[Look, ...]:
    return (
        Look("Title", "Title", 19, after=40, line=240, bold=True, colour=INK, keep=True),
        Look("Subtitle", "Subtitle", 11, after=120, colour=QUIET, keep=True),
        Look("Heading1", "heading 1", 15, before=220, after=80, line=240, bold=True, colour=INK, keep=True, level=0),
        Look("Heading2", "heading 2", 12.5, before=160, after=60, line=240, bold=True, colour=INK, keep=True, level=1),
        Look("Lead", "Lead", 11, after=80, keep=True),
        Look("Notice", "Notice", 11, before=60, after=80, bold=True, shade=AMBER),
        Look("BoxLabel", "Box label", 11, before=40, after=20, bold=True, colour=INK),
        Look("BoxWord", "Box word", 22, after=40, line=240, bold=True),
        Look("SafeWord", "Safe word", 28, before=60, after=60, line=240, bold=True),
        Look("BoxText", "Box text", 11, after=40),
        Look("TableHead", "Table head", 11, line=240, bold=True, keep=True),
        Look("TableLabel", "Table label", 11, line=240, bold=True, colour=INK),
        Look("TableBand", "Table band", 11.5, line=240, bold=True, colour=INK, keep=True),
        Look("TableText", "Table text", 11, line=240),
        Look("TableList", "Table list", 11, line=240, bullets=True),
        Look("Missing", "Missing", 11, line=240, bold=True, shade=AMBER),
        Look("RatingWord", "Rating word", 11.5, line=240, bold=True),
        Look("Small", "Small", 11, before=60, after=60, colour=QUIET),
        Look("FormLine", "Form line", 11, before=120, line=240, colour=QUIET),
        Look("Letter", "Letter", 12, after=140),
        Look("Between", "Between", 1, line=120, exact=True, keep=True),
        Look("Gap", "Gap", 1, line=20, exact=True),
        Look("Header", "header", 11, line=240, colour=QUIET, tab=text_width),
        Look("HeaderEnd", "Header end", 11, after=100, line=240, colour=QUIET, rule="bottom", tab=text_width),
        Look("Footer", "footer", 11, before=60, line=240, colour=QUIET, rule="top", tab=text_width),
    )


def _defaults() -> Xml:
    fonts = f'<w:rFonts w:ascii="{FONT}" w:eastAsia="{FONT}" w:hAnsi="{FONT}" w:cs="{FONT}"/>'
    language = '<w:lang w:val="en-GB" w:eastAsia="en-GB" w:bidi="ar-SA"/>'
    size = '<w:sz w:val="22"/><w:szCs w:val="22"/>'
    spacing = '<w:spacing w:after="80" w:line="252" w:lineRule="auto"/>'
    return (
        f"<w:docDefaults><w:rPrDefault><w:rPr>{fonts}{size}{language}</w:rPr></w:rPrDefault>"
        f"<w:pPrDefault><w:pPr>{spacing}</w:pPr></w:pPrDefault></w:docDefaults>"
        '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/><w:qFormat/></w:style>'
        '<w:style w:type="character" w:default="1" w:styleId="DefaultParagraphFont">'
        '<w:name w:val="Default Paragraph Font"/><w:uiPriority w:val="1"/><w:semiHidden/></w:style>'
    )


def _table_styles() -> Xml:
    cell = (
        '<w:tblCellMar><w:top w:w="34" w:type="dxa"/><w:left w:w="100" w:type="dxa"/>'
        '<w:bottom w:w="34" w:type="dxa"/><w:right w:w="100" w:type="dxa"/></w:tblCellMar>'
    )
    sides = ("top", "left", "bottom", "right", "insideH", "insideV")
    thin = "".join(f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="{GREY}"/>' for side in sides)
    thick = "".join(f'<w:{side} w:val="single" w:sz="12" w:space="0" w:color="{INK}"/>' for side in sides[:4])
    return (
        '<w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/>'
        '<w:uiPriority w:val="99"/><w:semiHidden/><w:unhideWhenUsed/><w:tblPr><w:tblInd w:w="0" w:type="dxa"/>'
        f"{cell}</w:tblPr></w:style>"
        '<w:style w:type="table" w:customStyle="1" w:styleId="FormTable"><w:name w:val="Form table"/>'
        f'<w:basedOn w:val="TableNormal"/><w:tblPr><w:tblBorders>{thin}</w:tblBorders></w:tblPr></w:style>'
        '<w:style w:type="table" w:customStyle="1" w:styleId="FormBox"><w:name w:val="Form box"/>'
        f'<w:basedOn w:val="TableNormal"/><w:tblPr><w:tblBorders>{thick}</w:tblBorders></w:tblPr></w:style>'
    )


def _character_styles() -> Xml:
    return (
        '<w:style w:type="character" w:styleId="PlaceholderText"><w:name w:val="Placeholder Text"/>'
        f'<w:basedOn w:val="DefaultParagraphFont"/><w:rPr><w:color w:val="{QUIET}"/></w:rPr></w:style>'
    )


def styles(text_width: int) -> Xml:
    looks = "".join(look.xml() for look in _looks(text_width))
    return f"<w:styles {NAMESPACE}>{_defaults()}{looks}{_character_styles()}{_table_styles()}</w:styles>"


def numbering() -> Xml:
    return (
        f'<w:numbering {NAMESPACE}><w:abstractNum w:abstractNumId="0"><w:multiLevelType w:val="singleLevel"/>'
        '<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="bullet"/><w:lvlText w:val="&#8226;"/>'
        '<w:lvlJc w:val="left"/>'
        f'<w:pPr><w:ind w:left="200" w:hanging="200"/></w:pPr><w:rPr><w:rFonts w:ascii="{FONT}" w:hAnsi="{FONT}"'
        f' w:cs="{FONT}"/></w:rPr></w:lvl></w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>'
    )


def fonts() -> Xml:
    """Where the font is missing, the one named beside it stands in."""
    entries = (("Arial", "Liberation Sans", "swiss"), ("MS Gothic", "Segoe UI Symbol", "modern"))
    body = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{other}"/><w:family w:val="{family}"/></w:font>'
        for name, other, family in entries
    )
    return f"<w:fonts {NAMESPACE}>{body}</w:fonts>"


def settings() -> Xml:
    return (
        f'<w:settings {NAMESPACE}><w:zoom w:percent="100"/><w:defaultTabStop w:val="720"/>'
        '<w:characterSpacingControl w:val="doNotCompress"/><w:compat><w:compatSetting w:name="compatibilityMode"'
        ' w:uri="http://schemas.microsoft.com/office/word" w:val="15"/></w:compat>'
        '<w:themeFontLang w:val="en-GB"/><w:decimalSymbol w:val="."/><w:listSeparator w:val=","/></w:settings>'
    )
