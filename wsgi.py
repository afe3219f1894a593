"""The door for any WSGI server and for `flask --app wsgi …`; starts embedded servers unless settings name others."""

from marketplace.app import create_app
from marketplace.services.tether import die_with_web_server

die_with_web_server()
app = create_app()
