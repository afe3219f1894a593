import threading, time, pathlib
import sqlalchemy as sa
from datetime import timedelta
from tests import build
from marketplace import clock
from marketplace.invitations import actions, queries
from marketplace.invitations.models import *
from marketplace.work import actions as wa
from marketplace.projects.models import RateLine
from marketplace.db import db
from playwright.sync_api import sync_playwright
from werkzeug.serving import make_server
from matching.vocabulary import Cefr
AXE = pathlib.Path("tests/vendor/axe.min.js").read_text()
CHINESE = {"gate": "language", "tag": "zh", "written": "C1", "spoken": None, "native": False}

def test_speed(app):
    for i in range(400):
        build.profile()
    m = build.manager(build.organisation())
    p = build.project(by=m, wishes=("Sentiment annotation", "Medical spans", "Factual correctness"))
    db.session.commit()
    t = time.time(); r = actions.make_match_run(p, m); db.session.commit(); print("run", time.time() - t)
    t = time.time(); r2 = actions.make_match_run(p, m); print("again", time.time() - t, r2.id == r.id)
    t = time.time(); queries.ranked(r, p, after=0, most=50); print("page", time.time() - t)

def cookies(app, account):
    b = app.test_client()
    with b.session_transaction() as s:
        s["_user_id"] = account.fs_uniquifier; s["_fresh"] = True
    r = b.get("/invitations"); 
    c = b.get_cookie("session") or b.get_cookie("session", domain="localhost")
    return c

def test_look(app):
    m = build.manager(build.organisation())
    p = build.project(by=m, seats=2, gates=[CHINESE], wishes=("Sentiment annotation in Chinese", "Medical spans of radiology", "Quantum chromodynamics"), content_warnings=["Violence in text"])
    p.rate_lines = [RateLine(position=0, label="C1 Chinese", amount_minor=200, condition=CHINESE), RateLine(position=1, label="Doctorate", amount_minor=200, condition={"gate":"degree","level":8,"in_progress_is_enough":False})]
    people = [build.profile(name=f"Ann Other{i}", languages=(("en", Cefr.C1, Cefr.C1, False), ("zh", Cefr(3 + i % 4), Cefr.C1, False))) for i in range(8)]
    build.profile(languages=())
    db.session.flush()
    r = actions.make_match_run(p, m)
    ids = list(db.session.scalars(sa.select(Match.id).where(Match.run_id == r.id, Match.rank.is_not(None)).order_by(Match.rank)))
    inv = actions.invite(p, ids[:3], m).made
    db.session.commit()
    e = wa.accept_invitation(inv[0], inv[0].profile.account).engagement
    db.session.commit()
    wa.change_rate(e, 2000, clock.now() + timedelta(days=5), m); db.session.commit()
    paths_m = [f"/projects/{p.id}/matches", f"/projects/{p.id}/invitations", f"/projects/{p.id}/team", f"/team/{e.id}"]
    paths_a = ["/invitations", f"/invitations/{inv[1].id}", "/engagements"]
    ck = {"m": cookies(app, m), "a": cookies(app, inv[1].profile.account), "b": cookies(app, inv[0].profile.account)}
    db.session.rollback()
    srv = make_server("localhost", 8000, app, threaded=True)
    threading.Thread(target=srv.serve_forever, daemon=True).start()
    with sync_playwright() as pw:
        br = pw.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for who, paths in (("m", paths_m), ("a", paths_a), ("b", ["/engagements"])):
            for w in (1280, 390):
                ctx = br.new_context(viewport={"width": w, "height": 900}, bypass_csp=True, color_scheme="dark" if w == 390 else "light")
                c = ck[who]
                ctx.add_cookies([{"name": c.key, "value": c.value, "url": "http://localhost:8000"}])
                for path in paths:
                    pg = ctx.new_page(); errs = []
                    pg.on("console", lambda x: errs.append(x.text) if x.type == "error" else None)
                    resp = pg.goto("http://localhost:8000" + path)
                    pg.screenshot(path=f"/tmp/scratch/{who}{w}{path.replace('/', '_')}.png", full_page=True)
                    pg.evaluate(AXE)
                    v = pg.evaluate("axe.run().then(r => r.violations.map(v => [v.id, v.impact, v.nodes.length, v.nodes[0].html.slice(0,150)]))")
                    over = pg.evaluate("document.documentElement.scrollWidth - window.innerWidth")
                    print(who, w, path, resp.status, "overflow", over, v, errs)
                    pg.close()
                ctx.close()
        br.close()
    srv.shutdown()
