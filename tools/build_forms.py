"""Write the stock Word forms into templates/forms. Run it after every change to tools/stock_forms."""

from pathlib import Path

from stock_forms import intent_to_visit, risk_assessment
from stock_forms.package import Form, docx

FORMS_DIR = Path(__file__).resolve().parent.parent / "templates" / "forms"


def stock_forms() -> dict[str, Form]:
    """The stock forms by file name."""
    return {
        "risk-assessment.docx": risk_assessment.form(),
        "intent-to-visit-office.docx": intent_to_visit.form(office=True),
        "intent-to-visit-travelling.docx": intent_to_visit.form(office=False),
    }


def main() -> None:
    FORMS_DIR.mkdir(parents=True, exist_ok=True)
    for name, form in stock_forms().items():
        (FORMS_DIR / name).write_bytes(docx(form))


if __name__ == "__main__":
    main()
