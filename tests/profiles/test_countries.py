import pytest

from marketplace.profiles.rules import countries, country_label, country_options, find_country


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("DE", "DE"),
        (" de ", "DE"),
        ("Germany", "DE"),
        ("deutschland", "DE"),
        ("Germany [DE]", "DE"),
        ("日本", "JP"),
        ("台灣", "TW"),
        ("भारत", "IN"),
        ("Côte d’Ivoire", "CI"),
    ],
)
def test_a_country_is_known_by_its_code_and_by_its_names(text: str, code: str) -> None:
    assert find_country(text) == code


@pytest.mark.parametrize("text", ["XX", "", "Atlantis", "Germany [XX]", "[DE", "D", "EU"])
def test_what_is_no_country_is_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match="Choose a country of the list"):
        find_country(text)


def test_every_label_and_every_own_name_that_is_offered_is_understood() -> None:
    codes = list(countries())
    assert [find_country(label) for label, _ in country_options()] == codes
    assert [find_country(country_label(code)) for code in codes] == codes
    assert dict(country_options())["Ukraine [UA]"] == "Україна"
