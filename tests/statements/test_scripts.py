"""What is written from right to left comes out as it is read."""

import unicodedata

import pytest

from marketplace.statements.scripts import as_seen, joined


@pytest.mark.parametrize(
    ("text", "names", "why"),
    [
        ("بيت", ["INITIAL", "MEDIAL", "FINAL"], "all three join both ways"),
        ("دار", ["ISOLATED", "ISOLATED", "ISOLATED"], "none of the three joins the next"),
        ("باب", ["INITIAL", "FINAL", "ISOLATED"], "alef joins only the one before it"),
        ("سلام", ["INITIAL", "FINAL", "ISOLATED"], "lam and alef are one"),
        ("لا", ["ISOLATED"], "lam and alef alone"),
        ("ب ب", ["ISOLATED", "", "ISOLATED"], "a space parts them"),
        ("بَب", ["INITIAL", "", "FINAL"], "a mark does not part them"),
    ],
)
def test_each_letter_has_the_form_of_its_place(text, names, why):
    shown = [unicodedata.name(one).partition(" FORM")[0].rsplit(" ", 1)[-1] for one in joined(text)]
    assert [name if name in {"INITIAL", "MEDIAL", "FINAL", "ISOLATED"} else "" for name in shown] == names, why
    assert unicodedata.normalize("NFKC", joined(text)) == text


@pytest.mark.parametrize(
    ("line", "seen"),
    [("plain", "plain"), ("abc שלום 12", "abc 12 םולש"), ("שלום", "םולש"), ("", ""), ("שלום (אב) x", "x (בא) םולש")],
)
def test_a_line_stands_in_the_order_in_which_it_is_seen(line, seen):
    assert as_seen(line) == seen
