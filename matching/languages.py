"""Language tags: one spelling for each, their names, and whether one stated variety answers for a wanted one."""

import re
from enum import StrEnum
from functools import lru_cache

from langcodes import Language, standardize_tag, tag_distance, tag_is_valid
from langcodes.tag_parser import LanguageTagError

LONGEST_TAG = 35
# ISO 639 macrolanguages whose members people state under either name; Chinese is left out on purpose: somebody who
# writes Cantonese (yue) does not thereby write Mandarin, which is what "zh" means to whoever asks for it.
MEMBERS = {"no": frozenset({"nb", "nn"})}
# ISO 639 codes for "undetermined", "several", "none" and "uncoded".
NO_LANGUAGES = frozenset({"und", "mul", "zxx", "mis"})
PRIVATE = re.compile(r"q[a-t][a-z]\b|.*\bx-")
# CLDR puts a region at most this far from the group of regions it belongs to (es-MX to es-419), others at 5 or more.
WITHIN_REGION_GROUP = 4


class Cover(StrEnum):
    """Whether a stated language answers for a wanted one; *open* when the variety was not stated."""

    YES = "yes"
    OPEN = "open"
    NO = "no"


def canonical_tag(text: str) -> str:
    """Return the one spelling of a BCP 47 tag that keeps script and variety: ``ZH_hant`` is ``zh-Hant``.

    Raises ValueError, with a text for people, when it is no language that the registry knows.
    """
    refusal = f"“{text[:LONGEST_TAG]}” is not a language tag; write it like en, zh-Hans or pt-BR."
    if len(text) > LONGEST_TAG or not text.isascii():
        raise ValueError(refusal)
    try:
        tag = standardize_tag(text.strip(), macro=True)
        language = Language.get(tag).language or ""
        known = (
            tag_is_valid(tag) and len(language) in {2, 3} and language not in NO_LANGUAGES and not PRIVATE.match(tag)
        )
    except LanguageTagError:
        raise ValueError(refusal) from None
    if not known:
        raise ValueError(refusal)
    return tag


@lru_cache(maxsize=4096)
def language_name(tag: str) -> str:
    """Return the English name of a language, such as "Chinese (Traditional)"."""
    return Language.get(tag).display_name("en")


@lru_cache(maxsize=65536)
def covers(stated: str, wanted: str) -> Cover:
    """Return whether somebody who states the language *stated* has the language *wanted*; both canonical.

    What *wanted* leaves open anybody meets: ``en`` is covered by ``en-GB``.  What it names must be stated:
    ``zh-Hant`` is not covered by ``zh-Hans``, and left open by ``zh``.
    """
    has, wants = Language.get(stated), Language.get(wanted)
    if has.language != wants.language and has.language not in MEMBERS.get(wants.language or "", frozenset()):
        return Cover.NO
    script = _part(_script(has), _script(wants))
    region = _part(has.territory, wants.territory)
    if region is Cover.NO and _is_group(wants.territory) and tag_distance(wanted, stated) <= WITHIN_REGION_GROUP:
        region = Cover.YES
    if Cover.NO in {script, region}:
        return Cover.NO
    return Cover.OPEN if Cover.OPEN in {script, region} else Cover.YES


def _part(stated: str | None, wanted: str | None) -> Cover:
    if wanted is None or stated == wanted:
        return Cover.YES
    return Cover.OPEN if stated is None else Cover.NO


def _script(language: Language) -> str | None:
    """Return the script a tag names or that goes without saying, None where the language is written in several."""
    if language.script is None and language.language == "zh" and language.territory:
        return language.maximize().script
    return language.assume_script().script


def _is_group(territory: str | None) -> bool:
    return territory is not None and territory.isdigit()
