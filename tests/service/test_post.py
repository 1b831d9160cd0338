"""A calendar entry tells a passer-by nothing; a draft of an e-mail is a draft and nothing else."""

import io
from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest
from docx import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from icalendar import Calendar

from riskgen.service.post import calendar_entry, draft, letter_text

MADE = datetime(2026, 7, 25, 9, 0)
REF = "RA-2026-0001"


@pytest.mark.parametrize(
    ("start", "zone", "in_utc"),
    [
        (datetime(2026, 12, 2, 10, 30), "Europe/London", datetime(2026, 12, 2, 10, 30, tzinfo=UTC)),
        (datetime(2026, 6, 17, 10, 30), "Europe/London", datetime(2026, 6, 17, 9, 30, tzinfo=UTC)),
        (datetime(2026, 6, 17, 10, 30), "Europe/Jersey", datetime(2026, 6, 17, 9, 30, tzinfo=UTC)),
    ],
)
def test_an_entry_has_the_time_the_reference_and_nothing_else(start: datetime, zone: str, in_utc: datetime) -> None:
    content = calendar_entry(REF, start, start.replace(hour=11), zone, MADE)
    (event,) = Calendar.from_ical(content).walk("VEVENT")
    assert event.decoded("dtstart") == in_utc
    assert str(event["summary"]) == f"School visit {REF}"
    assert str(event["class"]) == "PRIVATE"
    assert set(event) == {"UID", "SUMMARY", "DTSTART", "DTEND", "DTSTAMP", "CLASS"}
    assert content == calendar_entry(REF, start, start.replace(hour=11), zone, MADE)


@pytest.mark.parametrize("zone", ["Europe/London", "Europe/Jersey"])
def test_an_entry_says_what_the_schools_clock_says_on_the_days_it_is_changed(zone: str) -> None:
    for start, in_utc in (
        (datetime(2026, 3, 29, 0, 30), datetime(2026, 3, 29, 0, 30, tzinfo=UTC)),
        (datetime(2026, 3, 29, 2, 30), datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        (datetime(2026, 10, 25, 0, 30), datetime(2026, 10, 24, 23, 30, tzinfo=UTC)),
        (datetime(2026, 10, 25, 2, 30), datetime(2026, 10, 25, 2, 30, tzinfo=UTC)),
    ):
        content = calendar_entry(REF, start, start.replace(minute=45), zone, MADE)
        (event,) = Calendar.from_ical(content).walk("VEVENT")
        assert event.decoded("dtstart") == in_utc


def test_an_entry_of_a_visit_whose_length_nobody_knows_has_no_end() -> None:
    start = datetime(2026, 12, 2, 10, 30)
    (event,) = Calendar.from_ical(calendar_entry(REF, start, start, "Europe/London", MADE)).walk("VEVENT")
    assert "DTEND" not in event


def test_an_entry_is_known_by_its_reference_whenever_and_wherever_it_was_made() -> None:
    start = datetime(2026, 12, 2, 10, 30)
    made = [calendar_entry(REF, start, start.replace(hour=11), "Europe/London", at) for at in (MADE, start)]
    events = [Calendar.from_ical(content).walk("VEVENT")[0] for content in made]
    assert {str(event["uid"]) for event in events} == {f"{REF}@riskgen"}
    assert [event.decoded("dtstamp").hour for event in events] == [8, 10]  # 9:00 in summer, 10:30 in winter
    assert b"VALARM" not in made[0]
    assert b"\n" not in made[0].replace(b"\r\n", b"")


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\u2028", "\x85", "\0"])
def test_nothing_smuggles_in_another_line_of_the_calendar(end: str) -> None:
    start = datetime(2026, 12, 2, 10, 30)
    with pytest.raises(ValueError, match="one line"):
        calendar_entry(f"{REF}{end}ATTENDEE:mailto:all@example.org", start, start, "Europe/London", MADE)


def test_a_draft_is_opened_to_be_written_and_holds_the_letter() -> None:
    content = draft(f"School visit {REF}", "We would like to visit you – all’s well.\n", "letter.docx", b"PK letter")
    found = message_from_bytes(content, policy=policy.default)
    assert found["subject"] == f"School visit {REF}"
    assert found["x-unsent"] == "1"
    assert {name.lower() for name in found} == {"subject", "x-unsent", "mime-version", "content-type"}
    body = found.get_body(("plain",))
    assert body is not None
    assert "all’s well" in body.get_content()
    (attached,) = found.iter_attachments()
    assert attached.get_filename() == "letter.docx"
    assert attached.get_content() == b"PK letter"
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert content == draft(
        f"School visit {REF}", "We would like to visit you – all’s well.\n", "letter.docx", b"PK letter"
    )


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\u2028", "\x85", "\0"])
@pytest.mark.parametrize("words", ["{}Bcc: all@example.org", "Visit{}Bcc: all@example.org", "Visit{}"])
def test_nothing_smuggles_in_another_header(words: str, end: str) -> None:
    for subject, name in ((words.format(end), "a.docx"), ("Visit", words.format(end))):
        with pytest.raises(ValueError, match="one line"):
            draft(subject, "text", name, b"x")


def test_what_looks_like_a_header_in_the_text_stays_in_the_text() -> None:
    text = "Dear family,\r\n\r\nBcc: all@example.org\r\n.\r\n--riskgen\r\n"
    found = message_from_bytes(draft("Visit", text, "a.docx", b"x"), policy=policy.default)
    assert found["bcc"] is None
    body = found.get_body(("plain",))
    assert body is not None
    assert body.get_content().splitlines() == text.splitlines()
    assert body.get_content_charset() == "utf-8"


def test_the_words_of_a_letter_come_without_head_and_foot() -> None:
    made = Document()
    made.sections[0].header.paragraphs[0].text = "School paper"
    made.add_paragraph("Dear family,")
    made.add_paragraph("1 Example Street\nSampletown")
    made.add_paragraph("")
    made.add_table(rows=1, cols=1).rows[0].cells[0].text = "Half past ten & after"
    raw = io.BytesIO()
    made.save(raw)
    assert letter_text(raw.getvalue()) == "Dear family,\n\n1 Example Street\nSampletown\n\nHalf past ten & after\n"


def test_a_box_of_text_in_a_letter_is_read_once() -> None:
    made = Document()
    paragraph = made.add_paragraph("Before the box.")
    box = "<w:txbxContent><w:p><w:r><w:t>In the box.</w:t></w:r></w:p></w:txbxContent>"
    paragraph._p.append(
        parse_xml(
            f'<w:r {nsdecls("w")} xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
            'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
            'xmlns:v="urn:schemas-microsoft-com:vml"><mc:AlternateContent>'
            f'<mc:Choice Requires="wps"><w:drawing><wps:txbx>{box}</wps:txbx></w:drawing></mc:Choice>'
            f"<mc:Fallback><w:pict><v:textbox>{box}</v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r>"
        )
    )
    made.add_paragraph("After it, e").add_run()._r.append(parse_xml(f"<w:noBreakHyphen {nsdecls('w')}/>"))
    raw = io.BytesIO()
    made.save(raw)
    assert letter_text(raw.getvalue()) == "Before the box.\n\nIn the box.\n\nAfter it, e-\n"


def test_what_is_no_letter_has_no_words() -> None:
    assert letter_text(b"nothing of the kind") == "\n"
