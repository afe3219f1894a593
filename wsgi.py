"""The door for any WSGI server and for `flask --app wsgi …`; starts embedded servers unless settings name others."""

import gc

from marketplace.app import create_app
from marketplace.services.tether import die_with_web_server

die_with_web_server()
app = create_app()
# What lives as long as the process need not be looked through for garbage again and again.
gc.collect()
gc.freeze()
