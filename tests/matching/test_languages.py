"""Whether one language answers for another."""

import pytest

from matching.languages import Cover, canonical_tag, covers, language_name

YES, OPEN, NO = Cover.YES, Cover.OPEN, Cover.NO


@pytest.mark.parametrize(
    ("stated", "wanted", "cover"),
    [
        ("en", "en", YES),
        ("en-GB", "en", YES),  # a gate that names no region takes any
        ("en", "en-GB", OPEN),  # it may be British: ask
        ("en-US", "en-GB", NO),
        ("zh-Hans", "zh", YES),
        ("zh-Hans", "zh-Hant", NO),
        ("zh", "zh-Hant", OPEN),
        ("zh-TW", "zh-Hant", YES),  # Taiwan writes the traditional script without saying so
        ("zh-TW", "zh-Hans", NO),
        ("zh-Hant", "zh-TW", OPEN),
        ("yue", "zh", NO),  # Cantonese is a variety of its own
        ("zh", "yue", NO),
        ("nb", "no", YES),
        ("nn", "nb", NO),
        ("sr", "sr-Latn", OPEN),  # written in two scripts
        ("de", "de-Latn", YES),  # written in one
        ("es-MX", "es-419", YES),  # Mexico lies in Latin America
        ("es-ES", "es-419", NO),
        ("pt-PT", "pt-BR", NO),
        ("de", "nl", NO),
    ],
)
def test_what_a_gate_names_must_be_stated_and_what_it_leaves_open_anybody_meets(
    stated: str, wanted: str, cover: Cover
) -> None:
    assert covers(canonical_tag(stated), canonical_tag(wanted)) is cover


@pytest.mark.parametrize(
    ("written", "tag"), [("ZH_hant", "zh-Hant"), ("cmn", "zh"), ("iw", "he"), (" en-gb ", "en-GB"), ("zh-yue", "yue")]
)
def test_every_language_has_one_spelling(written: str, tag: str) -> None:
    assert canonical_tag(written) == tag


@pytest.mark.parametrize(
    "text", ["", "a", "foo", "123", "x-foo", "und", "zh\x00", "en" * 40, "中文", "en; drop", "qaa", "en-x-twain"]
)
def test_what_is_no_language_is_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match="not a language tag"):
        canonical_tag(text)


def test_languages_are_named_in_english() -> None:
    assert language_name("zh-Hant") == "Chinese (Traditional)"
