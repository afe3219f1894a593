"""A crowd of generated people in the profiles' own tables, and generated trees of gates, the same for the same seed."""

from random import Random
from typing import Any

import sqlalchemy as sa

from marketplace.accounts.models import Account
from marketplace.db import db
from marketplace.profiles.models import AnnotatorProfile, Degree, Experience, LanguageSkill, Resume
from marketplace.profiles.rules import ProfileState, ResumeState
from matching.gates import (
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
from matching.vocabulary import Cefr, DegreeStatus, ExperienceKind, IscedLevel, Provenance

TAGS = [
    *("en", "en-GB", "en-US", "zh", "zh-Hans", "zh-Hant", "zh-TW", "yue", "nb", "no", "nn"),
    *("sr-Latn", "sr", "es", "es-MX", "es-419", "pt-BR", "fr"),
]
COUNTRIES = ["DE", "FR", "TW", "US"]
CURRENCIES = ["USD", "EUR"]


def people(count: int, seed: int) -> list[int]:
    """Add *count* people who can be matched, with a bulk statement for each table; return their profile ids."""
    chance = Random(seed)
    accounts = [{"email": f"one-{seed}-{at}@example.test", "fs_uniquifier": f"{seed}-{at}"} for at in range(count)]
    owners = _added(Account, [row | {"name": "", "active": True} for row in accounts])
    ids = _added(AnnotatorProfile, [_profile(chance, owner) for owner in owners])
    resumes = [
        {"profile_id": one, "state": ResumeState.READY, "storage_key": f"r/{seed}/{one}", "sha256": str(one)}
        | {"filename": "resume.txt", "kind": "txt", "size": 1}
        for one in ids
    ]
    _added(Resume, resumes)
    _added(LanguageSkill, [row for one in ids for row in _languages(chance, one)])
    _added(Degree, [row for one in ids for row in _degrees(chance, one)])
    _added(Experience, [row for one in ids for row in _experiences(chance, one)])
    return ids


def _added(kind: Any, rows: list[dict[str, Any]]) -> list[int]:
    return list(db.session.scalars(sa.insert(kind).returning(kind.id, sort_by_parameter_order=True), rows))


def _profile(chance: Random, owner: int) -> dict[str, Any]:
    return {
        "account_id": owner,
        "state": ProfileState.QUALIFIED,
        "country": chance.choice([None, *COUNTRIES]),
        "weekly_minutes": chance.choice([0, 60, 600, 1200, 2400]),
        "min_rate_minor": chance.choice([0, 1000, 2000, 3000]),
        "currency": chance.choice(CURRENCIES),
    }


def _languages(chance: Random, one: int) -> list[dict[str, Any]]:
    tags = chance.sample(TAGS, chance.choice([0, 1, 1, 2, 3, 4]))
    return [
        {
            "profile_id": one,
            "position": at,
            "tag": tag,
            "written": chance.choice(list(Cefr)),
            "spoken": chance.choice(list(Cefr)),
            "native": chance.random() < 0.3,
            "provenance": chance.choice(list(Provenance)),
        }
        for at, tag in enumerate(tags)
    ]


def _degrees(chance: Random, one: int) -> list[dict[str, Any]]:
    return [
        {
            "profile_id": one,
            "position": at,
            "level": chance.choice(list(IscedLevel)),
            "status": chance.choice(list(DegreeStatus)),
            "subject": chance.choice(["", "Law"]),
        }
        for at in range(chance.choice([0, 1, 1, 2, 3]))
    ]


def _experiences(chance: Random, one: int) -> list[dict[str, Any]]:
    kinds = chance.sample(list(ExperienceKind), chance.choice([0, 1, 1, 2, 3]))
    return [
        {"profile_id": one, "position": at, "kind": kind, "years": chance.choice([0, 1, 3, 10, 60])}
        for at, kind in enumerate(kinds)
    ]


def tree(chance: Random, depth: int = 3) -> GateNode:
    """Return a gate, or a group of gates and groups up to *depth* deep."""
    if depth == 0 or chance.random() < 0.4:
        return gate(chance)
    members = tuple(tree(chance, depth - 1) for _ in range(chance.randint(1, 4)))
    return GateGroup("any" if chance.random() < 0.5 else "all", members)


def gate(chance: Random) -> Gate:
    """Return a gate of any kind that some of the crowd pass, some fail and some leave unknown."""
    levels: list[Cefr | None] = [None, None, *Cefr]
    kinds: list[Gate] = [
        LanguageGate(chance.choice(TAGS), chance.choice(levels), chance.choice(levels), chance.random() < 0.2),
        LanguageGate(chance.choice(TAGS), chance.choice(levels)),
        DegreeGate(chance.choice(list(IscedLevel)), chance.random() < 0.5),
        ExperienceGate(chance.choice(list(ExperienceKind)), chance.choice([0, 1, 2, 10, 60])),
        CountryGate(frozenset(chance.sample(COUNTRIES, chance.randint(1, 3)))),
        RateGate(chance.choice([500, 1000, 2500, 5000]), chance.choice(CURRENCIES)),
        HoursGate(chance.choice([60, 300, 1200, 3000])),
    ]
    return chance.choice(kinds)
