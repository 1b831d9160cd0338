"""The template contract: everything that a Word form may print, and nothing else.

Plain frozen data only. Text is written out in full (dates, numbers and ratings as words), lists hold
more of the same, and a yes-or-no exists only to be used in `{% if %}`. What was never recorded
reads "Not recorded": never blank, and never "No". The words beside each type are its help text,
which `riskgen fields` prints.

What a form says of a family has no place in the words of an error, so that nothing of it has a `__repr__`.
"""

from typing import Annotated

from riskgen.core.struct import Discreet

# --- small rows used in several places ----------------------------------------------------------


class Line(Discreet, frozen=True):
    text: Annotated[str, "One line of text"]


class Rating(Discreet, frozen=True):
    rating: Annotated[str, "The rating as a short code, for example L"]
    name: Annotated[str, "The rating in words, for example Low"]
    colour: Annotated[str, "The colour of the rating, for {% cellbg %}"]
    likelihood: Annotated[str, "The level of likelihood"]
    severity: Annotated[str, "The level of severity"]
    score: Annotated[str, "Place of the likelihood times place of the severity; the grid decides the rating"]


class Known(Discreet, frozen=True):
    group: Annotated[str, "What the question belongs to, for example The household"]
    label: Annotated[str, "The question"]
    answer: Annotated[str, "The answer in words, or Not recorded"]
    recorded: Annotated[bool, "Whether there is an answer"]


# --- the school, the policy, the visit ----------------------------------------------------------


class Contact(Discreet, frozen=True):
    role: Annotated[str, "What the person is to the school, for example Designated safeguarding lead"]
    name: Annotated[str, "Name"]
    phone: Annotated[str, "Telephone number"]


class Form(Discreet, frozen=True):
    id: Annotated[str, "Id of the form in forms.yaml"]
    holder: Annotated[str, "Who holds this form, for example Visitors"]
    place: Annotated[str, "Its place in the pack, for example Form 3 of 9, or that it is not part of a pack"]
    fingerprint: Annotated[str, "Short fingerprint of the answers and the policy that the form was made from"]
    clause: Annotated[str, "The clause of the policy that calls for this form, or None"]
    says: Annotated[str, "What that clause says"]
    contacts: Annotated[tuple[Contact, ...], "Whom to ring about what the form says: never empty"]


class School(Discreet, frozen=True):
    name: Annotated[str, "Name of the school"]
    office_phone: Annotated[str, "Telephone number of the school office"]
    contacts: Annotated[tuple[Contact, ...], "Whom to ring"]


class Policy(Discreet, frozen=True):
    name: Annotated[str, "Name of the home visit policy"]
    edition: Annotated[str, "The edition in words, for example: Edition in force from 1 September 2017"]
    fingerprint: Annotated[str, "Short fingerprint of the policy data that decided"]
    review_line: Annotated[str, "When the policy is due for review, or was"]
    review_overdue: Annotated[bool, "Whether the policy's own review date has passed on the day of the visit"]
    note: Annotated[str, "What its owner notes about the policy, or None"]


class Visit(Discreet, frozen=True):
    purpose: Annotated[str, "What the visit is for"]
    purpose_to_family: Annotated[str, "The same as it is said to the family, to go on after We would like to visit you"]
    reason: Annotated[str, "Why the visit is needed"]
    date: Annotated[str, "Day of the visit, for example Wednesday 2 December 2026"]
    start: Annotated[str, "Time at which the visit starts, for example 10:30"]
    end: Annotated[str, "Time at which the visit is expected to end"]
    minutes: Annotated[str, "Expected length, for example 40 minutes"]
    leave: Annotated[str, "Time of leaving school or home for the visit"]
    back: Annotated[str, "Time at which the visitors are expected back"]
    due_back: Annotated[str, "Day and time from which the visitors are overdue"]
    check_in_times: Annotated[str, "Times at which the visitors ring the office, for example 11:30 and 13:15"]
    check_in_rule: Annotated[str, "How often the policy asks for a check-in, with its clause, or that it says nothing"]
    who: Annotated[str, "The names of the visitors in one line"]
    company: Annotated[str, "Whether one person goes alone, or how many go together"]
    alone: Annotated[bool, "Whether one person goes alone"]
    entry: Annotated[str, "Whether the visitors mean to go into the home or stay on the doorstep"]
    announced: Annotated[str, "Whether the family is told beforehand"]
    unannounced: Annotated[bool, "Whether the family is known not to be told beforehand"]
    unannounced_ground: Annotated[str, "Why it is not told, where it is not; stays at school"]
    joint: Annotated[bool, "Whether another agency is known to visit together with the school"]
    by_car: Annotated[str, "Whether the visitors travel by car: Yes, No or Not recorded"]
    driver: Annotated[str, "Who drives"]
    vehicle: Annotated[str, "The driver's vehicle"]
    registration: Annotated[str, "Registration of the driver's vehicle"]


class Family(Discreet, frozen=True):
    reference: Annotated[str, "The family's reference in the school's records"]
    name: Annotated[str, "What the family is called in the school's records"]
    address: Annotated[str, "Address of the home; may run over several lines"]
    phone: Annotated[str, "Number that reaches the parent or carer"]
    needs: Annotated[str, "Language, culture, religion and access: what visitors should know"]


class Child(Discreet, frozen=True):
    name: Annotated[str, "Name of the child"]
    year_group: Annotated[str, "Year group or class"]


class Visitor(Discreet, frozen=True):
    name: Annotated[str, "Name of the visitor"]
    roles: Annotated[str, "Roles of the visitor, in words"]
    mobile: Annotated[str, "Mobile number"]
    vehicle: Annotated[str, "Vehicle"]
    registration: Annotated[str, "Registration of the vehicle"]
    insurance: Annotated[str, "Class and expiry of the vehicle's insurance"]


# --- the matrix ---------------------------------------------------------------------------------


class MatrixLevel(Discreet, frozen=True):
    name: Annotated[str, "Name of the level of severity"]
    guidance: Annotated[str, "What the level means"]


class MatrixCell(Discreet, frozen=True):
    rating: Annotated[str, "Rating as a short code"]
    name: Annotated[str, "Rating in words"]
    colour: Annotated[str, "Colour of the rating, for {% cellbg %}"]


class MatrixRow(Discreet, frozen=True):
    likelihood: Annotated[str, "Name of the level of likelihood"]
    guidance: Annotated[str, "What the level means"]
    cells: Annotated[tuple[MatrixCell, ...], "One cell for each level of severity, low to high"]


class MatrixRating(Discreet, frozen=True):
    rating: Annotated[str, "Rating as a short code"]
    name: Annotated[str, "Rating in words"]
    colour: Annotated[str, "Colour of the rating, for {% cellbg %}"]
    guidance: Annotated[str, "What to do about a risk of this rating"]
    demands: Annotated[str, "What the rating means for the visit, for example Do not visit"]


class Matrix(Discreet, frozen=True):
    name: Annotated[str, "Name of the risk matrix"]
    source: Annotated[str, "Where the matrix comes from"]
    severities: Annotated[tuple[MatrixLevel, ...], "Levels of severity, low to high: the heads of the columns"]
    rows: Annotated[tuple[MatrixRow, ...], "Levels of likelihood, high to low: the rows of the grid"]
    ratings: Annotated[tuple[MatrixRating, ...], "The ratings, low to high"]


# --- hazards ------------------------------------------------------------------------------------


class Control(Discreet, frozen=True):
    measure: Annotated[str, "The control measure"]
    in_place: Annotated[str, "Whether it is confirmed in place: Yes, No or Not recorded"]
    state: Annotated[str, "The same in words: In place, Not in place or Not confirmed"]
    confirmed: Annotated[bool, "Whether it is confirmed in place"]
    needed: Annotated[bool, "Whether it is still to be put in place for the visit to proceed without conditions"]
    kind: Annotated[str, "Its place in the hierarchy of control, for example Isolate"]
    who: Annotated[str, "Who sees to it"]
    by_when: Annotated[str, "By when it must be in place, or Done, or that the rating does not need it"]


class FurtherControl(Discreet, frozen=True):
    measure: Annotated[str, "A control measure that is not confirmed in place"]
    who: Annotated[str, "Who sees to it"]
    by_when: Annotated[str, "By when, or that the rating does not need it"]


class Hazard(Discreet, frozen=True):
    number: Annotated[str, "Number of the row"]
    name: Annotated[str, "The hazard"]
    applies: Annotated[str, "Whether the hazard applies, or may apply because something is not recorded"]
    certain: Annotated[bool, "Whether the hazard is known to apply"]
    persons_at_risk: Annotated[str, "Persons at risk"]
    harms: Annotated[str, "Potential harms in one sentence"]
    harm_rows: Annotated[tuple[Line, ...], "Potential harms, one a line"]
    unanswered: Annotated[tuple[Line, ...], "Harms that no control measure in the school's data answers"]
    controls: Annotated[tuple[Control, ...], "All control measures, in place or not"]
    controls_in_place: Annotated[tuple[Line, ...], "Control measures that are confirmed in place"]
    further: Annotated[tuple[FurtherControl, ...], "Further control measures: those not confirmed in place"]
    initial: Annotated[Rating, "Risk before the control measures"]
    residual: Annotated[Rating, "Risk with the control measures that are confirmed in place"]
    because: Annotated[tuple[Line, ...], "Why the rating is what it is, step by step"]


# --- decision -----------------------------------------------------------------------------------


class Reason(Discreet, frozen=True):
    source: Annotated[str, "The clause, hazard or topic that the reason comes from"]
    location: Annotated[str, "Where the clause stands in the policy; a dash for a hazard or a topic"]
    says: Annotated[str, "What the clause or hazard says"]
    facts: Annotated[str, "The facts that it rests on, in one line"]
    fact_rows: Annotated[tuple[Line, ...], "The facts that it rests on, one a line"]
    calls_for: Annotated[str, "The outcome that it calls for"]


class Decision(Discreet, frozen=True):
    outcome: Annotated[str, "The decision in words, for example Proceed with conditions"]
    id: Annotated[str, "The decision as a code: proceed, proceed-with-conditions, refer or do-not-visit"]
    meaning: Annotated[str, "What the decision means for the visitors, in a sentence"]
    colour: Annotated[str, "A colour for the decision, for {% cellbg %}"]
    instead: Annotated[str, "What to do instead of the visit, or Nothing is suggested"]
    has_instead: Annotated[bool, "Whether there is something to do instead"]
    reasons: Annotated[tuple[Reason, ...], "Why the decision is what it is"]


class Authorise(Discreet, frozen=True):
    line: Annotated[str, "Who may authorise the visit, in words, or that the policy names nobody"]
    clause: Annotated[str, "The clause that says who authorises, or None"]
    says: Annotated[str, "What that clause says"]
    authorised_by: Annotated[str, "Who has authorised the visit so far and when, or Not recorded"]
    holds: Annotated[bool, "Whether somebody has authorised the visit in the register, and nothing has changed since"]
    line_so_far: Annotated[str, "The same in a sentence, also where an authorisation has lapsed"]


class Override(Discreet, frozen=True):
    what: Annotated[str, "What a person decided: the referral, or the rating of a hazard"]
    computed: Annotated[str, "What riskgen had worked out"]
    to: Annotated[str, "What the person made of it"]
    by: Annotated[str, "Who decided"]
    on: Annotated[str, "Day and time of the decision"]
    reason: Annotated[str, "The written reason"]
    holds: Annotated[str, "Whether it still holds, in words"]


class Standing(Discreet, frozen=True):
    outcome: Annotated[str, "How the visit stands once people's decisions are counted in, in words"]
    id: Annotated[str, "The same as a code: proceed, proceed-with-conditions, refer or do-not-visit"]
    meaning: Annotated[str, "What that means for the visitors, in a sentence"]
    colour: Annotated[str, "A colour for it, for {% cellbg %}"]
    line: Annotated[str, "Whether that is what riskgen worked out, or who decided otherwise"]
    may_go: Annotated[bool, "Whether the visit may go ahead, perhaps on conditions"]
    called_off: Annotated[bool, "Whether the visit has been called off"]


class Clause(Discreet, frozen=True):
    clause: Annotated[str, "Id of the clause"]
    location: Annotated[str, "Where it stands in the policy"]
    kind: Annotated[str, "Required, Forbidden, Advised, Permitted, Scope or Housekeeping"]
    says: Annotated[str, "What the clause says"]
    who: Annotated[str, "Who does what the clause asks, or Visitors"]


class Finding(Discreet, frozen=True):
    clause: Annotated[str, "Id of the clause"]
    location: Annotated[str, "Where it stands in the policy"]
    kind: Annotated[str, "Required, Forbidden, Advised, Permitted, Scope or Housekeeping"]
    says: Annotated[str, "What the clause says"]
    status: Annotated[str, "Met, Broken, To confirm or Not applicable"]
    because: Annotated[str, "The facts that the finding rests on, in one line"]
    calls_for: Annotated[str, "The outcome that the finding calls for"]


class Condition(Discreet, frozen=True):
    number: Annotated[str, "Number of the condition"]
    condition: Annotated[str, "What is still to be done before leaving"]
    who: Annotated[str, "Who does it"]
    source: Annotated[str, "The clause or hazard that asks for it"]
    because: Annotated[str, "Why"]


class OpenQuestion(Discreet, frozen=True):
    number: Annotated[str, "Number of the question"]
    question: Annotated[str, "A question whose answer matters and is not recorded"]
    needed_by: Annotated[str, "The clauses, hazards and topics that need the answer"]
    calls_for: Annotated[str, "What the missing answer leads to"]


class Remedy(Discreet, frozen=True):
    number: Annotated[str, "Number of the set of changes"]
    changes: Annotated[tuple[Line, ...], "What to change, all of it"]
    text: Annotated[str, "What to change, in one sentence"]
    outcome: Annotated[str, "The decision if all of this is changed"]


class Silence(Discreet, frozen=True):
    topic: Annotated[str, "A subject on which the policy says nothing"]
    because: Annotated[str, "Why that matters for this visit"]
    calls_for: Annotated[str, "The outcome that the silence calls for"]


class Contradiction(Discreet, frozen=True):
    clauses: Annotated[str, "The clauses that collide, for example BC-21 and BC-23"]
    says: Annotated[tuple[Line, ...], "What each of them says"]
    because: Annotated[str, "How they collide"]
    calls_for: Annotated[str, "The outcome that the contradiction calls for"]


# --- what people do -----------------------------------------------------------------------------


class Duties(Discreet, frozen=True):
    before: Annotated[tuple[Clause, ...], "What the policy asks before the visit"]
    during: Annotated[tuple[Clause, ...], "What the policy asks during the visit"]
    after: Annotated[tuple[Clause, ...], "What the policy asks after the visit"]
    emergency: Annotated[tuple[Clause, ...], "What the policy asks in an emergency"]


class StepRow(Discreet, frozen=True):
    hazard: Annotated[str, "What could go wrong at this step"]
    control: Annotated[str, "What the visitors do about it, one a line"]
    source: Annotated[str, "The clauses and hazards that the controls come from, one a line"]


class Step(Discreet, frozen=True):
    number: Annotated[str, "Number of the step"]
    name: Annotated[str, "The step: Journey, Arrival, At the door, Inside, Leaving or Return"]
    rows: Annotated[tuple[StepRow, ...], "Hazards and controls of the step; never empty"]


class Rung(Discreet, frozen=True):
    do: Annotated[str, "What is done"]
    who: Annotated[str, "Who does it"]
    after: Annotated[str, "When, counted from the start of the ladder, for example At once or After 15 minutes"]
    at: Annotated[str, "When on the clock, where visitors are overdue and the return is agreed; else a dash"]
    clause: Annotated[str, "The clause that asks for it, or School's own"]


class Ladder(Discreet, frozen=True):
    line: Annotated[str, "Whose ladder this is: the policy's, the school's own fallback, or nobody's"]
    from_policy: Annotated[bool, "Whether the policy itself lays the ladder down"]
    rows: Annotated[tuple[Rung, ...], "The steps of the ladder; empty if neither policy nor school has one"]


class Ladders(Discreet, frozen=True):
    overdue: Annotated[Ladder, "What the office does when the visitors are overdue"]
    missed_check_in: Annotated[Ladder, "What the office does when a check-in is missed"]
    safe_word: Annotated[Ladder, "What the office does when it hears the safe word"]


class EmergencyStep(Discreet, frozen=True):
    text: Annotated[str, "What to do"]
    source: Annotated[str, "The clause that asks for it, or School's own"]


class Emergency(Discreet, frozen=True):
    number: Annotated[str, "Number of the emergency"]
    name: Annotated[str, "What has happened, for example: You are threatened"]
    from_policy: Annotated[bool, "Whether the policy itself says what to do"]
    line: Annotated[str, "That the policy says nothing on it, where that is so; else whose steps these are"]
    steps: Annotated[tuple[EmergencyStep, ...], "What to do, most urgent first; never empty"]


# --- the pack, and what becomes of a visit ------------------------------------------------------


class PackForm(Discreet, frozen=True):
    number: Annotated[str, "Number of the form in the pack"]
    title: Annotated[str, "Title of the form"]
    holder: Annotated[str, "Who holds it"]
    source: Annotated[str, "The clause that calls for it, or Every visit"]


class LeftOut(Discreet, frozen=True):
    title: Annotated[str, "Titles of forms that are not in the pack, in one line"]
    because: Annotated[str, "Why they are not"]


class PackList(Discreet, frozen=True):
    line: Annotated[str, "What the pack is for, in a sentence"]
    forms: Annotated[tuple[PackForm, ...], "The forms of the pack in print order"]
    left_out: Annotated[tuple[LeftOut, ...], "Forms that are left out, and why"]


class RecordClause(Discreet, frozen=True):
    clause: Annotated[str, "Id of a clause for during or after the visit"]
    says: Annotated[str, "What it says"]
    answer: Annotated[str, "Done, Not done, Did not arise, or Not recorded"]
    why: Annotated[str, "Why it was not done, or Not recorded"]
    recorded: Annotated[bool, "Whether there is an answer"]


class FurtherAction(Discreet, frozen=True):
    number: Annotated[str, "Number of the action"]
    what: Annotated[str, "What is still to be done after the visit"]
    who: Annotated[str, "Who does it"]
    by: Annotated[str, "By which day"]
    state: Annotated[str, "Done, or Still to be done"]


class Record(Discreet, frozen=True):
    recorded: Annotated[bool, "Whether anything has been recorded of how the visit went"]
    kept: Annotated[tuple[Clause, ...], "What the policy says of the record: where it goes, by when, who gets a copy"]
    left: Annotated[str, "Day and time of leaving, as the register has it"]
    back: Annotated[str, "Day and time of the return, as the register has it"]
    ending: Annotated[str, "How the visit ended"]
    why: Annotated[str, "Why it was not made as planned"]
    seen: Annotated[str, "What was seen"]
    agreed: Annotated[str, "What was agreed, and with whom"]
    concern: Annotated[str, "Whether it left a safeguarding concern: Yes, No or Not recorded"]
    incident: Annotated[str, "Whether there was an incident: Yes, No or Not recorded"]
    incident_text: Annotated[str, "What happened in the incident"]
    clauses: Annotated[tuple[RecordClause, ...], "The clauses for during and after the visit, one by one"]
    further: Annotated[tuple[FurtherAction, ...], "What is still to be done after the visit: the action plan"]
    further_line: Annotated[str, "The plan in a line: how many actions, Nothing further is to be done, or Not recorded"]
    by: Annotated[str, "Who recorded it last, and when"]
    notes: Annotated[tuple[Line, ...], "What is to be kept with the record, for example that it was made late"]
    log: Annotated[tuple[Line, ...], "The text for the log (CPOMS, say), line by line, ready to paste"]


class Cancellation(Discreet, frozen=True):
    kind: Annotated[str, "Whether the visit was cancelled before it left, or called off on the way"]
    on: Annotated[str, "Day and time of the cancellation"]
    by: Annotated[str, "Who called it off"]
    reason: Annotated[str, "The written reason"]
    for_safety: Annotated[str, "Whether it was for safety: Yes, No or Not recorded"]


class ScheduledVisit(Discreet, frozen=True):
    reference: Annotated[str, "Reference of the visit"]
    date: Annotated[str, "Day of the visit"]
    leave: Annotated[str, "Time of leaving"]
    start: Annotated[str, "Time at which the visit starts"]
    end: Annotated[str, "Time at which it is expected to end"]
    back: Annotated[str, "Time at which the visitors are expected back"]
    family: Annotated[str, "What the family is called in the school's records"]
    place: Annotated[str, "Address of the home"]
    visitors: Annotated[str, "Names of the visitors"]
    mobiles: Annotated[str, "Their mobile numbers"]
    vehicle: Annotated[str, "The vehicle and its registration"]
    state: Annotated[str, "Whether the visit is authorised, out, back, and so on"]


class Schedule(Discreet, frozen=True):
    period: Annotated[str, "The day or the days that the schedule covers"]
    complete: Annotated[str, "Whether names, dates, times and places are all there, or what is missing"]
    visits: Annotated[tuple[ScheduledVisit, ...], "The visits of the period, in the order of their start"]


class Copy(Discreet, frozen=True):
    office: Annotated[bool, "Whether this copy stays at school"]
    label: Annotated[str, "Whose copy this is, in words"]


class FormContext(Discreet, frozen=True):
    """Top level: what a form sees."""

    reference: Annotated[str, "Reference of the assessment, for example RA-2026-0012"]
    form: Annotated[Form, "The form itself"]
    title: Annotated[str, "Title of the form"]
    made_on: Annotated[str, "Day on which the form was made"]
    made_at: Annotated[str, "Day and time at which the form was made"]
    review_on: Annotated[str, "When this risk assessment is to be reviewed"]
    school: Annotated[School, "The school"]
    policy: Annotated[Policy, "The policy that decided"]
    copy: Annotated[Copy, "Whose copy this is"]
    safe_word: Annotated[str, "The safe word; only the form that forms.yaml lists for it may print it"]
    visit: Annotated[Visit, "The visit"]
    visitors: Annotated[tuple[Visitor, ...], "Who goes"]
    family: Annotated[Family, "The family"]
    child: Annotated[Child, "The child"]
    known: Annotated[tuple[Known, ...], "What is known of the home, the household, and the checks made"]
    known_summary: Annotated[str, "How many of those questions have no answer"]
    preparations: Annotated[tuple[Known, ...], "What is prepared: contact, agencies, journey, who was told, check-ins"]
    matrix: Annotated[Matrix, "The risk matrix"]
    hazards: Annotated[tuple[Hazard, ...], "The hazards that apply or may apply, as in Appendix 1"]
    decision: Annotated[Decision, "The decision"]
    standing: Annotated[Standing, "How the visit stands, with people's decisions counted in"]
    authorise: Annotated[Authorise, "Who authorises"]
    overrides: Annotated[tuple[Override, ...], "What people have decided against the result, with their reasons"]
    findings: Annotated[tuple[Finding, ...], "Every clause that is decided before leaving and applies, or may"]
    not_applicable: Annotated[tuple[Finding, ...], "The clauses that were ruled out, and why"]
    clauses: Annotated[tuple[Clause, ...], "All clauses of the policy"]
    conditions: Annotated[tuple[Condition, ...], "What is still to be done before leaving"]
    open_questions: Annotated[tuple[OpenQuestion, ...], "What is still to be found out"]
    remedies: Annotated[tuple[Remedy, ...], "The smallest sets of changes that would let the visit go ahead"]
    remedy_note: Annotated[str, "A line on the remedies, also where there are none"]
    silences: Annotated[tuple[Silence, ...], "Where the policy says nothing"]
    contradictions: Annotated[tuple[Contradiction, ...], "Where two clauses of the policy collide"]
    duties: Annotated[Duties, "What the policy asks, by time; off the premises only what it asks of any family's visit"]
    family_duties: Annotated[tuple[Clause, ...], "What it asks because of what is known of the family; stays at school"]
    steps: Annotated[tuple[Step, ...], "The step analysis, from the journey to the return"]
    ladders: Annotated[Ladders, "What the office does, step by step"]
    emergencies: Annotated[tuple[Emergency, ...], "What the visitors do in an emergency under this policy"]
    pack: Annotated[PackList, "What is in the pack"]
    record: Annotated[Record, "How the visit went"]
    cancellation: Annotated[Cancellation, "How and why the visit was called off"]
    schedule: Annotated[Schedule, "The visits of a day or a term, of all families: for the head and the office only"]
