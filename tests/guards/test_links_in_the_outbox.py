import pytest
from flask import Flask

from marketplace.operations.pages import links_of_ours


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Open {site}/invitations/1\nNow", 'Open <a href="{site}/invitations/1">{site}/invitations/1</a>\nNow'),
        (
            "{site}/confirm?t=a.b-c_d%20&x=1",
            '<a href="{site}/confirm?t=a.b-c_d%20&amp;x=1">{site}/confirm?t=a.b-c_d%20&amp;x=1</a>',
        ),
        ("https://hostile.example/", "https://hostile.example/"),
        ("{site}.hostile.example/x", "{site}.hostile.example/x"),
        ("{site}@hostile.example/x", "{site}@hostile.example/x"),
        ('{site}/"onclick="x', "{site}/&#34;onclick=&#34;x"),
        ("<a href=x>{site}</a>", "&lt;a href=x&gt;{site}&lt;/a&gt;"),
        ("javascript:alert(1)", "javascript:alert(1)"),
    ],
)
def test_only_addresses_of_this_site_are_links(app: Flask, text: str, shown: str) -> None:
    site = app.config["FAIRMATCH"].public_url
    assert str(links_of_ours(text.replace("{site}", site))) == shown.replace("{site}", site)
