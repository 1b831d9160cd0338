"""Write the stock Word forms into templates/forms. Run it after every change to tools/stock_forms."""

from pathlib import Path

from stock_forms import (
    calling_card,
    cancellation_note,
    cover_sheet,
    emergency_card,
    induction_letter,
    intent_to_visit,
    intent_to_visit_blank,
    letter_to_agencies,
    letter_to_family,
    minutes_for_family,
    office_card,
    risk_assessment,
    visit_checklist,
    visit_record,
    visit_schedule,
)
from stock_forms.package import Form, docx

from riskgen.library.load import load_library

ROOT = Path(__file__).resolve().parent.parent
FORMS_DIR = ROOT / "templates" / "forms"
DATA_DIR = ROOT / "data"


def stock_forms() -> dict[str, Form]:
    """The stock forms by file name."""
    return {
        "cover-sheet.docx": cover_sheet.form(),
        "intent-to-visit-office.docx": intent_to_visit.form(office=True),
        "office-card.docx": office_card.form(),
        "risk-assessment.docx": risk_assessment.form(),
        "visit-schedule.docx": visit_schedule.form(),
        "intent-to-visit-travelling.docx": intent_to_visit.form(office=False),
        "visit-checklist.docx": visit_checklist.form(),
        "emergency-card.docx": emergency_card.form(),
        "calling-card.docx": calling_card.form(),
        "letter-to-family.docx": letter_to_family.form(),
        "induction-letter.docx": induction_letter.form(),
        "letter-to-agencies.docx": letter_to_agencies.form(),
        "visit-record.docx": visit_record.form(),
        "visit-record-confidential.docx": visit_record.confidential(),
        "minutes-for-family.docx": minutes_for_family.form(),
        "cancellation-note.docx": cancellation_note.form(),
    }


def blank_forms() -> dict[str, Form]:
    """The forms that are handed out before there is a visit, by file name. They come from the questions of data/."""
    library, problems = load_library(DATA_DIR)
    if problems:
        raise SystemExit("\n".join(map(str, problems)))
    return {f"{intent_to_visit_blank.FORM}.docx": intent_to_visit_blank.form(library.questions, library.groups)}


def main() -> None:
    FORMS_DIR.mkdir(parents=True, exist_ok=True)
    for name, form in (stock_forms() | blank_forms()).items():
        (FORMS_DIR / name).write_bytes(docx(form))


if __name__ == "__main__":
    main()
