"""Generated gates and candidates."""

from hypothesis import strategies as st

from matching.gates import (
    MAX_DEPTH,
    CountryGate,
    DegreeGate,
    ExperienceGate,
    Gate,
    GateGroup,
    GateNode,
    HoursGate,
    LanguageGate,
    RateGate,
)
from matching.types import Candidate, DegreeFact, ExperienceFact, LanguageFact
from matching.vocabulary import Cefr, DegreeStatus, ExperienceKind, IscedLevel, Provenance

TAGS = st.sampled_from(
    ["en", "en-GB", "en-US", "zh", "zh-Hans", "zh-Hant", "zh-TW", "yue", "nb", "no", "sr-Latn", "sr"]
)
CEFR, ISCED, KINDS = st.sampled_from(Cefr), st.sampled_from(IscedLevel), st.sampled_from(ExperienceKind)
PROVENANCE = st.sampled_from(Provenance)
COUNTRIES = st.sampled_from(["DE", "FR", "TW", "US"])
CURRENCIES = st.sampled_from(["USD", "EUR"])

language_gates = st.builds(LanguageGate, TAGS, st.none() | CEFR, st.none() | CEFR, st.booleans())
degree_gates = st.builds(DegreeGate, ISCED, st.booleans())
experience_gates = st.builds(ExperienceGate, KINDS, st.integers(0, 60))
country_gates = st.builds(CountryGate, st.frozensets(COUNTRIES, min_size=1))
rate_gates = st.builds(RateGate, st.integers(1, 10_000), CURRENCIES)
hours_gates = st.builds(HoursGate, st.integers(1, 3_000))
gates: st.SearchStrategy[Gate] = st.one_of(
    language_gates, degree_gates, experience_gates, country_gates, rate_gates, hours_gates
)


def _nodes(depth: int) -> st.SearchStrategy[GateNode]:
    """Give single gates, and groups of up to four members up to *depth* deep."""
    if depth == 0:
        return gates
    members = st.lists(_nodes(depth - 1), min_size=1, max_size=4).map(tuple)
    return gates | st.builds(GateGroup, st.sampled_from(["any", "all"]), members)


nodes = _nodes(MAX_DEPTH)

candidates = st.builds(
    Candidate,
    profile_id=st.integers(1, 50),
    languages=st.lists(
        st.builds(LanguageFact, TAGS, CEFR, CEFR, st.booleans(), PROVENANCE),
        max_size=4,
        unique_by=lambda fact: fact.tag,
    ).map(tuple),
    degrees=st.lists(
        st.builds(DegreeFact, ISCED, st.sampled_from(DegreeStatus), st.just(""), PROVENANCE), max_size=3
    ).map(tuple),
    experiences=st.lists(
        st.builds(ExperienceFact, KINDS, st.integers(0, 60), PROVENANCE), max_size=3, unique_by=lambda fact: fact.kind
    ).map(tuple),
    country=st.none() | COUNTRIES,
    min_rate_minor=st.none() | st.integers(0, 10_000),
    currency=CURRENCIES,
    weekly_minutes=st.none() | st.integers(0, 3_000),
)
