"""Rating a hazard on a risk matrix: initial, and residual with the controls that are proved in place."""

from collections.abc import Mapping

from riskgen.core.conditions import evaluate, questions, unknowns
from riskgen.core.model import Facts, Hazard, Level, Matrix, Question, RatingBand
from riskgen.core.result import RatedControl, RatedHazard, Rating
from riskgen.core.terms import Outcome
from riskgen.core.truth import Truth
from riskgen.core.words import fact, lower_first

STEPS = 5
"""Steps of the scale on which hazards are written down; each level of a matrix covers one or more."""
LIKELIHOOD_STEPS = ("rare", "unlikely", "possible", "likely", "almost-certain")
SEVERITY_STEPS = ("negligible", "minor", "moderate", "major", "catastrophic")


def rating_at(matrix: Matrix, likelihood: int, severity: int) -> Rating:
    """The rating of one pair of steps (1 to 5). `score` is the product of the two levels' positions."""
    row = _level(matrix.likelihood, likelihood)
    column = _level(matrix.severity, severity)
    band = band_of(matrix, matrix.grid[row][column])
    return Rating(
        matrix.likelihood[row].name,
        matrix.severity[column].name,
        (row + 1) * (column + 1),
        band.id,
        band.name,
        band.colour,
    )


def band_of(matrix: Matrix, rating: str) -> RatingBand:
    """What a rating of the matrix means. Raises `StopIteration` for a rating that the matrix lacks."""
    return next(band for band in matrix.ratings if band.id == rating)


def _level(levels: tuple[Level, ...], step: int) -> int:
    return next(index for index, level in enumerate(levels) if step in level.steps)


def rate(hazard: Hazard, facts: Facts, matrix: Matrix, catalogue: Mapping[str, Question]) -> RatedHazard | None:
    """The hazard's ratings and their reasons; None if the facts rule the hazard out.

    A factor counts unless it is ruled out; a control counts only if it is proved. What rests on an
    unknown answer can refer the visit but does not by itself forbid it.
    """
    applies = evaluate(hazard.applies, facts)
    if applies is Truth.NO:
        return None
    because = []
    if applies is Truth.UNKNOWN:
        open_questions = "; ".join(fact(catalogue[name], facts) for name in unknowns(hazard.applies, facts))
        because.append(f"It counts until it is ruled out: {open_questions}")
    likelihood, severity = _words(LIKELIHOOD_STEPS, hazard.likelihood), _words(SEVERITY_STEPS, hazard.severity)
    because.append(f"It starts at likelihood {likelihood} and severity {severity}.")
    raised, known = (hazard.likelihood, hazard.severity), (hazard.likelihood, hazard.severity)
    for factor in hazard.factors:
        truth = evaluate(factor.when, facts)
        if truth is Truth.NO:
            continue
        step = (factor.likelihood, factor.severity)
        raised = _add(raised, step)
        if truth is Truth.YES:
            known = _add(known, step)
            because.append(f"Raised ({_steps(step, '+')}): {factor.because}.")
        else:
            because.append(f"Raised ({_steps(step, '+')}) until it is ruled out that {factor.because}.")
    lowered, known_lowered = _clamp(raised), _clamp(known)
    initial = rating_at(matrix, *lowered)
    controls = []
    for control in hazard.controls:
        truth = evaluate(control.in_place, facts)
        controls.append(RatedControl(control.id, control.kind, control.measure, truth, control.who))
        step = (-control.likelihood, -control.severity)
        if truth is Truth.YES:
            lowered, known_lowered = _clamp(_add(lowered, step)), _clamp(_add(known_lowered, step))
            if any(step):
                because.append(f"Lowered ({_steps(step, '−')}): {lower_first(control.measure)}.")
    residual = rating_at(matrix, *lowered)
    answered = {harm for control in hazard.controls for harm in control.answers}
    return RatedHazard(
        hazard.id,
        hazard.name,
        hazard.persons_at_risk,
        tuple(harm.label for harm in hazard.harms),
        applies,
        initial,
        residual,
        _demand(matrix, applies, residual, rating_at(matrix, *known_lowered)),
        tuple(because),
        tuple(controls),
        tuple(harm.label for harm in hazard.harms if harm.id not in answered),
    )


def _demand(matrix: Matrix, applies: Truth, residual: Rating, proved: Rating) -> Outcome:
    """What the residual rating demands, where only what is proved may forbid a visit."""
    feared = min(band_of(matrix, residual.rating).demands, Outcome.REFER)
    certain = band_of(matrix, proved.rating).demands if applies is Truth.YES else Outcome.PROCEED
    return max(feared, certain)


def hazard_questions(hazard: Hazard) -> tuple[str, ...]:
    """Every question that a hazard's ratings rest on, each once."""
    parts = (
        hazard.applies,
        *(factor.when for factor in hazard.factors),
        *(control.in_place for control in hazard.controls),
    )
    return tuple(dict.fromkeys(name for part in parts for name in questions(part)))


def _add(pair: tuple[int, int], step: tuple[int, int]) -> tuple[int, int]:
    return pair[0] + step[0], pair[1] + step[1]


def _clamp(pair: tuple[int, int]) -> tuple[int, int]:
    return min(max(pair[0], 1), STEPS), min(max(pair[1], 1), STEPS)


def _words(names: tuple[str, ...], step: int) -> str:
    return names[step - 1].replace("-", " ")


def _steps(step: tuple[int, int], sign: str) -> str:
    parts = [f"{name} {sign}{abs(size)}" for name, size in zip(("likelihood", "severity"), step, strict=True) if size]
    return ", ".join(parts)
