"""Why somebody stands where they stand, and what would change it: plain sentences made of the facts of a match."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from matching.vocabulary import GateOutcome, Provenance

FACTS_NAMED = 3
# A paragraph names so many wishes, or skills; the page below it lists all.
MOST_LISTED = 4
LONGEST_LABEL = 90
# By kind of flag (resumes.types.FlagKind): what one place does, what several do, and the rest of the sentence.
FLAG_WORDS = {
    "posting": ("repeats", "repeat", "the posting word for word"),
    "keywords": ("strings", "string", "together words of the posting"),
    "repeated": ("says", "say", "the same again"),
    "list": ("is", "are", "an endless list"),
    "instruction": ("speaks", "speak", "to a machine and not to a reader"),
    "hidden": ("is", "are", "invisible to a reader"),
}


@dataclass(frozen=True, slots=True)
class GateSaid:
    """What one gate, or a group of gates, says of one person.  *change*: what would make it pass, empty if it does."""

    words: str
    outcome: GateOutcome
    fact: str
    change: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked for in the résumé, and the page that supports it; None: nothing found."""

    label: str
    page: int | None
    skill: bool = False


@dataclass(frozen=True, slots=True)
class Flagged:
    """How many places of a résumé are suspicious for one reason; *code*: the kind of flag."""

    code: str
    places: int = 1


@dataclass(frozen=True, slots=True)
class ScorePart:
    """What one signal adds to a score, the most it could add, and whether the résumé supports it."""

    label: str
    score: float
    most: float
    supported: bool = True


@dataclass(frozen=True, slots=True)
class Lift:
    """What full support of one part would give at most: points of the score, and places gained."""

    label: str
    points: float
    places: int


def reason_paragraph(
    gates: Sequence[GateSaid],
    findings: Sequence[Finding] = (),
    *,
    years: int | None = None,
    flags: Sequence[Flagged] = (),
    rank: int | None = None,
    of: int = 0,
) -> str:
    """Return one paragraph that says why somebody is where they are; every clause is one of the facts given.

    *years* of experience stated over all kinds; *rank* from 1 among *of* people; both None where it is not known.
    """
    held = [gate for gate in gates if gate.outcome is GateOutcome.PASS]
    sentences = [_place(rank, of), *([_passes(held)] if len(held) == len(gates) else _kept_out(gates, held))]
    if rank is not None or len(held) == len(gates):
        sentences += [
            _found([one for one in findings if not one.skill], "wish", "wishes"),
            _named([one for one in findings if one.skill]),
            "" if years is None else f"States {_counted(years, 'year', 'years')} of experience.",
        ]
    return " ".join(sentence for sentence in [*sentences, *flags_in_words(flags)] if sentence)


def _place(rank: int | None, of: int) -> str:
    return "" if rank is None else f"Place {rank} of {of:,} who pass every gate."


def _passes(gates: Sequence[GateSaid]) -> str:
    if not gates:
        return "No gate is asked for."
    facts = strongest_facts(gates)
    count = "the one gate" if len(gates) == 1 else f"all {len(gates)} gates"
    among = "" if len(facts) == len(gates) else ", among them on"
    return f"Passes {count}{among}: {'; '.join(facts)}." if facts else f"Passes {count}."


def strongest_facts(gates: Iterable[GateSaid], most: int = FACTS_NAMED) -> list[str]:
    """Return the facts that the gates passed rest on, the best evidenced first, each once."""
    order = list(Provenance)
    facts = dict.fromkeys(gate.fact for gate in gates if gate.outcome is GateOutcome.PASS and gate.fact)

    def proof(fact: str) -> int:
        return max((number for number, step in enumerate(order) if fact.endswith(f"({step})")), default=-1)

    return sorted(facts, key=proof, reverse=True)[:most]


def _kept_out(gates: Sequence[GateSaid], held: Sequence[GateSaid]) -> list[str]:
    failed = [gate for gate in gates if gate.outcome is GateOutcome.FAIL]
    unknown = [gate for gate in gates if gate.outcome is GateOutcome.UNKNOWN]
    sentences = []
    if failed:
        sentences.append(f"Kept out by {len(failed)} of {_counted(len(gates), 'gate', 'gates')}.")
        sentences += [f"Asked for: {gate.words}; stated: {gate.fact.removeprefix('States ')}." for gate in failed]
    else:
        sentences.append("Nothing speaks against this person, but not everything asked for is stated.")
    if unknown:
        sentences.append(f"Not known, would have to be asked: {'; '.join(gate.words for gate in unknown)}.")
    if held:
        sentences.append(f"{_counted(len(held), 'other gate passes', 'other gates pass')}.")
    return sentences


def _found(findings: Sequence[Finding], one: str, many: str) -> str:
    if not findings:
        return ""
    there = [f"{_quoted(finding.label)} (page {finding.page})" for finding in findings if finding.page is not None]
    missing = [_quoted(finding.label) for finding in findings if finding.page is None]
    if not there:
        return f"Nothing in the résumé was found for {_listed(missing, 'or')}."
    count = f"the one {one}" if len(findings) == 1 else f"{len(there)} of {len(findings)} {many}"
    count = f"all {len(findings)} {many}" if not missing and len(findings) > 1 else count
    rest = f"; nothing was found for {_listed(missing, 'or')}" if missing else ""
    return f"The résumé supports {count}: {_listed(there, 'and')}{rest}."


def _named(skills: Sequence[Finding]) -> str:
    there = [skill.label for skill in skills if skill.page is not None]
    missing = [skill.label for skill in skills if skill.page is None]
    if not skills:
        return ""
    if not there:
        return f"Of the skills asked for it names none of {_listed(missing, 'and')}."
    rest = f", not {_listed(missing, 'or')}" if missing else ""
    return f"Of the skills asked for it names {_listed(there, 'and')}{rest}."


def flags_in_words(flags: Iterable[Flagged]) -> list[str]:
    """Return a sentence for each reason why text is suspicious."""
    sentences = []
    for flag in flags:
        one, many, what = FLAG_WORDS.get(flag.code, ("is", "are", f"suspicious ({flag.code.replace('_', ' ')})"))
        places = _counted(flag.places, "place", "places")
        verb = one if flag.places == 1 else many
        sentences.append(f"{places} in the résumé {verb} {what}, which cannot raise the score.")
    return sentences


def lifts(parts: Iterable[ScorePart], score: float, above: Sequence[float]) -> list[Lift]:
    """Return what full support of each part that has none could give at most, the most first.

    *score*: their own, the sum of *parts*.  *above*: the scores of those who stand above.  An upper bound: a part
    never gives more than its *most*, nobody else changes, and equal scores count as passed.
    """
    found = []
    for part in parts:
        points = part.most - part.score
        if not part.supported and points > 0:
            found.append(Lift(part.label, points, sum(other <= score + points for other in above)))
    return sorted(found, key=lambda lift: -lift.points)


def what_would_change(
    gates: Sequence[GateSaid] = (), lifted: Sequence[Lift] = (), *, rank: int | None = None, lost_to_flags: float = 0.0
) -> list[str]:
    """Return sentences that say what would change a result: of somebody kept out the gates, of the ranked the score.

    *lost_to_flags*: how much lower the score is for what is flagged, 0 for nothing.
    """
    missed = [gate for gate in gates if gate.outcome is not GateOutcome.PASS]
    sentences = [f"{gate.change or gate.words + ' would have to hold'}." for gate in missed]
    if len(missed) > 1:
        sentences.insert(0, f"{len(missed)} gates would have to pass, all of them.")
    if rank is not None:
        sentences += [_lift_in_words(lift, rank) for lift in lifted]
        if lost_to_flags > 0:
            sentences.append(f"Without what is flagged the score would be {lost_to_flags:.3f} higher.")
        if rank == 1 and not lifted:
            sentences.append("Nobody stands above.")
    return sentences


def _lift_in_words(lift: Lift, rank: int) -> str:
    gain = f"Full support of {_quoted(lift.label)} could add at most {lift.points:.3f}"
    if rank == 1:
        return f"{gain}; nobody stands above."
    if not lift.places:
        return f"{gain}, which gains no place."
    return f"{gain} and gain at most {_counted(lift.places, 'place', 'places')} (to place {rank - lift.places})."


def _counted(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"


def _quoted(label: str) -> str:
    if len(label) > LONGEST_LABEL:
        label = label[:LONGEST_LABEL].rsplit(" ", 1)[0].rstrip(",;:.") + " …"
    return f"“{label.rstrip('.')}”"


def _listed(words: Sequence[str], last: str) -> str:
    if len(words) > MOST_LISTED + 1:
        words = [*words[:MOST_LISTED], f"{len(words) - MOST_LISTED} more"]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"
