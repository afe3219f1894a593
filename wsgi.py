"""The door for any WSGI server and for `flask --app wsgi …`; starts embedded servers unless settings name others."""

import gc

from marketplace.app import MAX_REQUEST_BYTES, create_app
from marketplace.services.serving import serve
from marketplace.services.tether import die_with_web_server

die_with_web_server()
app = create_app()
# What `marketplace web` runs: the same application, which a slow or silent sender cannot hold.
served = serve(app, MAX_REQUEST_BYTES)
# What lives as long as the process need not be looked through for garbage again and again.
gc.collect()
gc.freeze()
