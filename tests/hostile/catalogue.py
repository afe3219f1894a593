"""Every hostile file, those of all sizes first."""

from itertools import chain

from tests.hostile import archives, mutants, pdfs, texts
from tests.hostile.hostile import Hostile


def hostile_files(url: str) -> list[Hostile]:
    """Return them all; *url*: an address that some of them would like to be asked for."""
    return [
        *texts.sizes(),
        *chain(archives.bombs(), archives.liars(), archives.external(url), archives.busy(url)),
        *chain(pdfs.bombs(), pdfs.circles(), pdfs.oddities(), pdfs.busy(url)),
        *chain(texts.texts(), texts.names(), texts.two_kinds()),
        *mutants.mutants(),
    ]
