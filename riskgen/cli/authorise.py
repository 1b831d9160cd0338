"""`riskgen authorise`, `override` and `passphrase`: what a person decides, and how they show who they are."""

import click

from riskgen.cli.at_desk import ask_reason, full_desk
from riskgen.cli.options import AS, HOME
from riskgen.cli.people import TerminalProof, confirmed
from riskgen.cli.show import listed
from riskgen.cli.show_move import decided_words, show_authorised, show_overridden, show_override, show_proposal
from riskgen.cli.words import wrapped
from riskgen.core.approval import DECISION
from riskgen.core.model import Staff
from riskgen.core.terms import Outcome
from riskgen.service.authorising import Proposal, authorise, may_reset, override, propose, propose_override
from riskgen.service.desk import Desk, set_passphrase, who_asks
from riskgen.service.faults import Refused

_REFERENCE = click.argument("reference", metavar="REF")
_BY = click.option(
    "--by",
    "--as",
    "by",
    metavar="ID",
    default="",
    help="Who decides, from the staff directory.",
)


@click.command("authorise")
@_REFERENCE
@_BY
@HOME
def authorise_command(reference: str, by: str, home: str | None) -> None:
    """Authorise a visit, as a person whom the policy names.

    Shows what is to be confirmed, asks that person to show who they are, and
    asks whether they mean it. Nobody authorises a visit of their own.

    \b
    Example:
      riskgen authorise RA-2026-0001 --by S-02
    """
    with full_desk(home) as (school, desk):
        proposal = propose(school, desk, reference, _decider(desk, by))
        show_proposal(school, desk, proposal)
        what_it_rests_on(proposal)
        who = who_asks(desk, proposal.person.id, TerminalProof())
        if not confirmed(f"\nDo you, {proposal.person.id}, authorise {reference}?"):
            raise Refused(f"{reference} is not authorised: the answer was no. Nothing was saved.")
        authorise(desk, proposal, who)
        show_authorised(proposal)


def what_it_rests_on(proposal: Proposal) -> None:
    """The written reasons of the decisions that an authorisation rests on, and what they leave as a condition."""
    stands = proposal.standing
    decided = zip(decided_words(stands, proposal.assessment), stands.overrides, strict=True)
    listed("For these written reasons", (f"{words}: {given.reason}" for words, given in decided))
    if stands.outcome is Outcome.PROCEED_WITH_CONDITIONS and not proposal.conditions:
        by = " and ".join(dict.fromkeys(given.by for given in stands.overrides))
        rest = [f"the decision by {by}"] if by else []
        rest += ["the ratings that you accept"] if proposal.accepts else []
        click.echo(wrapped(f"\nConditions: none besides {' and '.join(rest)}."))


@click.command("override")
@_REFERENCE
@_BY
@click.option("--hazard", metavar="HAZARD", default="", help="The hazard to rate otherwise. Without it the referral.")
@click.option("--rating", metavar="RATING", default="", help="The rating instead, for example L.")
@click.option("--reason", metavar="TEXT", default="", help="Why, without names. Asked for if it is left out.")
@HOME
def override_command(reference: str, by: str, hazard: str, rating: str, reason: str, home: str | None) -> None:
    """Decide a visit that is referred, or change a rating, with a written reason.

    What the policy and the ratings say stays in the record beside the decision.
    Until somebody decides, the stricter of the two stands.

    \b
    Example:
      riskgen override RA-2026-0001 --by S-02
      riskgen override RA-2026-0001 --by S-02 --hazard animal --rating L
    """
    if bool(hazard) != bool(rating):
        raise click.UsageError("--hazard and --rating go together; leave both out to decide the referral.")
    with full_desk(home) as (school, desk):
        proposal = propose_override(school, desk, reference, _decider(desk, by), hazard or DECISION, rating)
        show_override(school, proposal)
        who = who_asks(desk, proposal.person.id, TerminalProof())
        why = ask_reason("\nWhy (it is kept with the decision; no names)", reason)
        if not confirmed(f"Do you, {proposal.person.id}, decide so on {reference}?"):
            raise Refused(f"{reference} stands as before: the answer was no. Nothing was saved.")
        override(desk, proposal, why, who)
        show_overridden(proposal)
        click.echo(
            wrapped(
                "The forms that 'riskgen assess' wrote still say what was worked out. Once the visit is authorised, "
                f"'riskgen pack {reference}' writes them as it stands."
            ),
            err=True,
        )


@click.command("passphrase")
@AS
@click.option("--for", "other", metavar="ID", default="", help="Give this person a new one, who has forgotten theirs.")
@HOME
def passphrase_command(as_: str, other: str, home: str | None) -> None:
    """Choose, or change, the passphrase that shows who you are.

    It is needed where several people share one account of the computer. Who has
    forgotten theirs types a new one beside somebody who may authorise visits, and
    who shows who they are first. Who did so is recorded.

    \b
    Example:
      riskgen passphrase --as S-02
      riskgen passphrase --as S-01 --for S-02
    """
    with full_desk(home) as (school, desk):
        person = desk.staff(_decider(desk, as_))
        if other and other != person.id:
            forgetful = desk.staff(other)
            may_reset(school, person)
            who = who_asks(desk, person.id, TerminalProof())
            set_passphrase(desk, forgetful, _Anew(), who)
            click.echo(f"{forgetful.id} has a new passphrase. It is recorded that {person.id} had it changed.")
            return
        with desk.register.read() as reader:
            had_one = reader.passphrase(person.id) is not None
        who = who_asks(desk, person.id, TerminalProof())
        if had_one or who.proof == "account":  # else it has just been chosen
            set_passphrase(desk, person, _Anew(), who)
        click.echo(f"{person.id} has a new passphrase.")


class _Anew(TerminalProof):
    """Choosing a passphrase in place of another."""

    def new_passphrase(self, person: Staff, why_not: str) -> str:
        words = f"{person.name} types a new passphrase now, of at least ten characters, that nobody else sees."
        return super().new_passphrase(person, why_not or words)


def _decider(desk: Desk, named: str) -> str:
    """The person named, or the one whose account this is."""
    known = named or who_asks(desk).staff
    if not known:
        message = "Say who you are with --as ID (or --by ID): this account of the computer is no one person's."
        raise click.UsageError(wrapped(message))
    return known
