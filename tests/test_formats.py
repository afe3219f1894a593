import pytest

from marketplace.formats import browser_text

CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36"


@pytest.mark.parametrize(
    ("sent", "said", "why"),
    [
        (CHROME, "Chrome on Linux", "it also claims to be Safari"),
        (f"{CHROME} Edg/150.0.0.0", "Edge on Linux", "it also claims to be Chrome"),
        ("Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0", "Firefox on Android", "a phone"),
        ("curl/8.5.0", "curl/8.5.0", "its own words are all there is"),
        ("", "Unknown", "nothing was sent"),
    ],
)
def test_a_browser_is_called_what_people_call_it(sent: str, said: str, why: str) -> None:
    assert browser_text(sent) == said, why
