"""The way of a project from its first words to being published: which steps are done, and where each is done."""

from flask import url_for

from marketplace.guidelines.queries import find_newest
from marketplace.projects.models import Project
from marketplace.projects.rules import ProjectState

Step = dict[str, str]


def steps_of(project: Project) -> list[Step]:
    """Return the steps as the checklist shows them; what is optional is never the next one."""
    editor = url_for("projects.edit", project_id=project.id)
    version = project.requirements
    dated = project.starts_on is not None or project.ends_on is not None
    is_out = project.state not in {ProjectState.DRAFT, ProjectState.SCHEDULED}
    found = [
        _step("Say what the work is", project.description != "", f"{editor}#the-work"),
        _step("Seats, rate band and limits", True, f"{editor}#terms"),
        _step("What must hold", bool(version.gates), f"{editor}#gates", "Optional: without gates everybody passes."),
        _step("What is good to have", bool(version.wishes), f"{editor}#wishes", "People are ranked by it."),
        _step("Rate card", bool(project.rate_lines), f"{editor}#card", "Optional: without it everybody gets the base."),
        _step("Dates", dated, f"{editor}#terms", "Optional: a first day starts it by itself."),
        _step(
            "Guidelines",
            find_newest(project.id) is not None,
            url_for("guidelines.newest", project_id=project.id),
            "Optional: how the work is done, with every version kept.",
        ),
        _step("Look at it as annotators will", is_out, url_for("applications.preview", project_id=project.id)),
        _step("Publish it", is_out, url_for("projects.show", project_id=project.id) + "#state"),
    ]
    for step in found:
        if step["state"] == "todo" and not step["hint"].startswith("Optional"):
            step["state"] = "current"
            break
    return found


def _step(label: str, done: bool, url: str, hint: str = "") -> Step:
    return {"label": label, "state": "done" if done else "todo", "hint": "" if done else hint, "url": url}
