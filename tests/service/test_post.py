"""A calendar entry tells a passer-by nothing; a draft of an e-mail is a draft and nothing else."""

import io
from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest
from docx import Document
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


@pytest.mark.parametrize(
    ("subject", "name"),
    [("Visit\r\nBcc: all@example.org", "a.docx"), ("Visit\nX: y", "a.docx"), ("Visit", "a\r\nX: y")],
)
def test_nothing_smuggles_in_another_header(subject: str, name: str) -> None:
    try:
        content = draft(subject, "text", name, b"x")
    except ValueError:
        return
    found = message_from_bytes(content, policy=policy.default)
    parts = [found, *found.walk()]
    assert not [header for part in parts for header in part if header.lower() in ("bcc", "x")]


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
