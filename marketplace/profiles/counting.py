"""What a read résumé is compared by, beside its passages: the job titles found in it, and its counted words."""

from collections.abc import Iterable, Sequence

from marketplace.profiles.models import Resume, ResumeIndex, ResumePassage
from marketplace.profiles.rules import PassageKind
from matching.documents import TextIndex, index_text, titles_in
from matching.resumes.privacy import Seen


def keep(resume: Resume, titles: Iterable[tuple[int, int]], index: TextIndex) -> None:
    """Keep the places in a résumé that name a job, and its words; its passages have to be there."""
    last = max((passage.number for passage in resume.passages), default=0)
    resume.titles = [
        ResumePassage(number=number, kind=PassageKind.TITLE, page=_page_of(resume, start), starts_at=start, ends_at=end)
        for number, (start, end) in enumerate(titles, start=last + 1)
    ]
    resume.index = ResumeIndex(terms=index.terms, spec=index.to_spec())


def _page_of(resume: Resume, at: int) -> int:
    return next((one.page for one in resume.passages if one.starts_at <= at < one.ends_at), 1)


def count_anew(resume: Resume, compared: Seen) -> None:
    """Find titles and count words in a résumé that was read by a version of this program that did not."""
    if resume.index is None:
        keep(resume, titles_in(compared.honest), index_text(compared.honest))


def pieces_of(resume: Resume) -> Sequence[ResumePassage]:
    """Return everything of a résumé that has a vector: its passages, then its titles."""
    return [*resume.passages, *resume.titles]
