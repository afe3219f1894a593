import os, threading
from werkzeug.serving import make_server
from tests import build
from tests.projects.test_pages import FORM
from marketplace.accounts.models import Account
from marketplace.db import db
import re
def test_shots(app, client_of):
    m = build.manager(build.organisation(currency="EUR"))
    b = client_of(m)
    url = b.post("/projects/new", data=FORM).location
    pages = {"show": url, "edit": url+"/edit", "index": "/projects"}
    b.post(url+"/state", data={"state":"active"})
    pid = url.rsplit("/",1)[1]
    pages |= {"open": "/projects/open", "openone": f"/projects/open/{pid}"}
    from playwright.sync_api import sync_playwright
    with sync_playwright() as p:
        br = p.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for w in (1200, 390):
            pg = br.new_page(viewport={"width": w, "height": 900})
            def serve(route):
                path = re.sub(r"^https?://[^/]+", "", route.request.url)
                r = b.get(path)
                route.fulfill(status=r.status_code, headers={k:v for k,v in r.headers.items() if k.lower() not in ("content-length","content-security-policy","set-cookie")}, body=r.get_data())
            pg.route("**/*", serve)
            for n,u in pages.items():
                pg.goto("http://localhost:8000"+u)
                pg.screenshot(path=f"/tmp/shot_{n}_{w}.png", full_page=True)
                print(n, w, pg.evaluate("document.documentElement.scrollWidth"))
                pg.add_script_tag(path="tests/vendor/axe.min.js")
                res = pg.evaluate("axe.run(document,{runOnly:['wcag2a','wcag2aa','best-practice']})")
                for v in res["violations"]: print(" AXE", v["id"], v["impact"], [x["html"][:160] for x in v["nodes"]][:3])
        br.close()
