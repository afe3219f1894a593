import threading, io, pathlib, pytest
from werkzeug.serving import make_server
from playwright.sync_api import sync_playwright
from marketplace.accounts.rules import RoleName
from marketplace.db import db
from marketplace.profiles import queries
from marketplace.profiles.rules import ProfileState
from marketplace.worker import perform_due
from tests import build
from tests.profiles.test_jobs import ENGLISH
from tests.profiles.test_pages import WHOLE
import sqlalchemy as sa

pytestmark = pytest.mark.filterwarnings("ignore")
AXE = pathlib.Path("tests/vendor/axe.min.js").read_text()


def test_shots(app, client_of):
    app.config["SERVER_NAME"] = None
    who = build.account(RoleName.ANNOTATOR, name="Ada Example")
    admin = build.account(RoleName.ADMIN, name="Root Admin")
    sub = build.profile(state=ProfileState.SUBMITTED, name="Maria Sample")
    sub.about = "I annotate carefully."
    c = client_of(who)
    ca = client_of(admin)
    cookies = {k: b.get_cookie("session").value for k, b in (("who", c), ("admin", ca))}
    server = make_server("127.0.0.1", 0, app, threaded=True)
    base = f"http://127.0.0.1:{server.port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    counts = {}
    try:
        with sync_playwright() as p:
            br = p.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])

            def ctx(who, width=1280, scheme="light"):
                x = br.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
                x.add_cookies([{"name": "session", "value": cookies[who], "url": base}])
                return x

            def shot(page, name):
                page.screenshot(path=f"/tmp/prof_{name}.png", full_page=True)
                page.evaluate(AXE)
                r = page.evaluate("axe.run()")
                print(
                    name,
                    [(v["id"], v["impact"], [n["target"] for n in v["nodes"]][:3]) for v in r["violations"]],
                    "overflow",
                    page.evaluate("document.documentElement.scrollWidth>innerWidth"),
                )

            x = ctx("who")
            pg = x.new_page()
            pg.on("console", lambda m: print("console", m.text))
            pg.on("pageerror", lambda e: print("pageerror", e))
            pg.goto(base + "/profile")
            shot(pg, "edit_empty")
            c.post("/profile", data=WHOLE)
            pg.goto(base + "/profile")
            shot(pg, "edit")
            pg.click("text=Add a degree")
            print("degree rows", pg.locator("[data-rows=degrees] fieldset.row").count())
            pg.fill("input[name='min_rate']", "abc")
            pg.click("button:has-text('Save') >> nth=1") if False else pg.locator("button:text-is('Save')").last.click()
            pg.wait_for_load_state()
            shot(pg, "edit_errors")
            pg.goto(base + "/profile/resume")
            pg.set_input_files(
                "input[type=file]", files=[{"name": "ada.txt", "mimeType": "text/plain", "buffer": ENGLISH.encode()}]
            )
            pg.click("text=Upload and read it")
            pg.wait_for_load_state()
            shot(pg, "resume_waiting")
            perform_due(app)
            pg.wait_for_selector("text=Facts found", timeout=5000)
            print("appeared without reload")
            shot(pg, "resume_read")
            m = ctx("who", 390, "dark")
            mp = m.new_page()
            mp.goto(base + "/profile")
            shot(mp, "edit_390_dark")
            mp.goto(base + "/profile/resume")
            shot(mp, "resume_390_dark")
            a = ctx("admin")
            ap = a.new_page()
            ap.goto(base + "/admin/profiles")
            shot(ap, "queue")
            ap.goto(base + f"/admin/profiles/{sub.id}")
            shot(ap, "review")
            a2 = ctx("admin", 390)
            ap = a2.new_page()
            ap.goto(base + "/admin/profiles")
            shot(ap, "queue_390")
            ap.goto(base + f"/admin/profiles/{sub.id}")
            shot(ap, "review_390")
            for z in (x, m, a, a2):
                z.close()
            br.close()
    finally:
        server.shutdown()
    n = []

    @sa.event.listens_for(db.engine, "before_cursor_execute")
    def count(conn, cur, st, *a):
        n.append(st.split("\n")[0][:100])

    for browser, url in (
        (c, "/profile"),
        (c, "/profile/resume"),
        (ca, "/admin/profiles"),
        (ca, f"/admin/profiles/{sub.id}"),
        (c, "/profile/resume/%d/state" % queries.current_resume(queries.own_profile(who)).id),
    ):
        n.clear()
        r = browser.get(url, headers={"HX-Request": "true"})
        print(url, r.status_code, len(n), len(r.data))
