"""Results as the plain shapes of `--json`. The shapes are public: docs/json.md describes them."""

from typing import Any

from riskgen.core.result import Advice, Assessment, RaisedContradiction, Rating, Reason, Silence, ToConfirm


def assessment_report(assessment: Assessment, reference: str, files: list[str]) -> dict[str, Any]:
    """An assessment in the shape of `riskgen assess --json`."""
    stamp, decision = assessment.policy, assessment.decision
    return {
        "reference": reference,
        "policy": {
            "id": stamp.id,
            "edition": stamp.edition,
            "fingerprint": stamp.fingerprint,
            "review_overdue": stamp.review_overdue,
        },
        "decision": {
            "outcome": decision.outcome.id,
            "instead": decision.instead,
            "because": [_reason(reason) for reason in decision.because],
            "also": [_reason(reason) for reason in decision.also],
        },
        "authorise": {"by": list(assessment.authorise.by), "clause": assessment.authorise.clause},
        "hazards": [
            {
                "id": hazard.id,
                "applies": hazard.applies.value,
                "initial": _rating(hazard.initial),
                "residual": _rating(hazard.residual),
                "because": list(hazard.because),
                "controls": [
                    {"id": control.id, "measure": control.measure, "in_place": control.in_place.value}
                    for control in hazard.controls
                ],
            }
            for hazard in assessment.hazards
        ],
        "findings": [
            {"id": finding.id, "status": finding.status.value, "because": list(finding.because)}
            for finding in assessment.findings
        ],
        "silences": _silences(assessment.silences),
        "contradictions": _contradictions(assessment.contradictions),
        "conditions": [
            {"condition": item.condition, "who": item.who, "source": item.source, "because": item.because}
            for item in assessment.conditions
        ],
        "to_confirm": _to_confirm(assessment.to_confirm),
        "remedies": [
            {
                "changes": [
                    {"question": change.question, "to": change.to, "how": change.how} for change in remedy.changes
                ],
                "outcome": remedy.outcome.id,
            }
            for remedy in assessment.remedies
        ],
        "remedy_note": assessment.remedy_note,
        "files": files,
    }


def advice_report(advice: Advice) -> dict[str, Any]:
    """Advice in the shape of `riskgen now --json`."""
    return {
        "phase": advice.phase.value,
        "may_enter": advice.may_enter.value,
        "actions": [
            {
                "do": item.do.value,
                "detail": item.detail,
                "clause": item.clause,
                "says": item.says,
                "because": list(item.because),
            }
            for item in advice.actions
        ],
        "silences": _silences(advice.silences),
        "contradictions": _contradictions(advice.contradictions),
        "to_confirm": _to_confirm(advice.to_confirm),
        "unmet": [_reason(reason) for reason in advice.unmet],
    }


def _reason(reason: Reason) -> dict[str, Any]:
    return {"clause": reason.source, "says": reason.says, "facts": list(reason.facts)}


def _rating(rating: Rating) -> dict[str, Any]:
    return {
        "likelihood": rating.likelihood,
        "severity": rating.severity,
        "score": rating.score,
        "rating": rating.rating,
    }


def _silences(silences: tuple[Silence, ...]) -> list[dict[str, Any]]:
    return [{"topic": item.topic, "because": item.because, "calls_for": item.outcome.id} for item in silences]


def _contradictions(items: tuple[RaisedContradiction, ...]) -> list[dict[str, Any]]:
    return [{"clauses": list(item.clauses), "says": list(item.says), "because": item.because} for item in items]


def _to_confirm(items: tuple[ToConfirm, ...]) -> list[dict[str, Any]]:
    return [{"question": item.question, "label": item.label, "needed_by": list(item.needed_by)} for item in items]
