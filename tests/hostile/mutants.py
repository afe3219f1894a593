"""Honest files with seeded damage: the same bytes each time, and no two alike."""

import random
from collections.abc import Callable, Iterator

from tests.hostile.archives import members, packed_alike
from tests.hostile.hostile import Hostile, just
from tests.hostile.pdfs import one_page
from tests.matching.resumes import making

SEED = 20_260_701
EACH = 10


def flipped(content: bytes, chance: random.Random) -> bytes:
    """Return *content* with some bits turned."""
    changed = bytearray(content)
    for _ in range(max(1, len(content) // 400)):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def truncated(content: bytes, chance: random.Random) -> bytes:
    """Return the beginning of *content*."""
    return content[: chance.randrange(len(content) // 10, len(content))]


def doubled(content: bytes, chance: random.Random) -> bytes:
    """Return *content* with a piece of it twice."""
    start, end = sorted(chance.sample(range(len(content)), 2))
    return content[:end] + content[start:]


def blanked(content: bytes, chance: random.Random) -> bytes:
    """Return *content* with a piece of zeros."""
    start = chance.randrange(len(content) - 64)
    return content[:start] + bytes(64) + content[start + 64 :]


def mixed(content: bytes, chance: random.Random) -> bytes:
    """Return *content* with a piece of noise in it."""
    at = chance.randrange(len(content))
    return content[:at] + chance.randbytes(200) + content[at:]


DAMAGES: tuple[Callable[[bytes, random.Random], bytes], ...] = (flipped, truncated, doubled, blanked, mixed)


def mutants() -> Iterator[Hostile]:
    """Yield ten damaged files of each kind."""
    text = (making.EXPERIENCE * 3).encode()
    word, open_document = (packed_alike(members(one)) for one in (making.word(), making.odt()))
    honest = {"pdf": one_page(), "docx": word, "odt": open_document, "txt": text}
    for kind, content in honest.items():
        for number in range(EACH):
            damage = DAMAGES[number % len(DAMAGES)]
            broken = damage(content, random.Random(f"{SEED} {kind} {number}"))
            what = f"{kind} {number}, {damage.__name__}"
            yield Hostile("mutant", what, f"cv.{kind}", just(broken))
