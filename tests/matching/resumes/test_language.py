"""English is accepted, another language refused by its name, a mix and a stub said to be so."""

from pathlib import Path

import pytest

from matching.evaluation.language import judged, labelled_texts
from matching.resumes.language import judge_language
from matching.resumes.types import LanguageNote
from tests.matching.resumes.making import EXPERIENCE

SPANISH = (
    "Trabajé seis años como especialista en anotación de datos y revisé el trabajo de otras personas. "
    "Escribí guías para textos médicos, formé a nuevos colegas y comprobé que las etiquetas fueran correctas. "
    "Antes enseñé lingüística en una universidad pequeña y corregí las tesis de mis estudiantes."
)
PLACES_AND_NAMES = {
    "names and places of Latin America": (
        "MARÍA FERNANDA GUTIÉRREZ DE LA CRUZ\nColonia Jardines del Pedregal, Ciudad de México\n"
        "Universidad Autónoma de Nuevo León, Facultad de Filosofía y Letras, San Nicolás de los Garza\n"
        "Taught Spanish to adults and graded their essays for the whole term.\n"
        "Secretaría de Educación Pública, Guadalajara, Jalisco\n"
        "Reviewed transcripts of phone calls and marked where speakers change.\n"
        "Instituto Tecnológico de Estudios Superiores de Monterrey\n"
        "Wrote weekly reports about errors found in the translated material.\n"
        "Preparatoria Emiliano Zapata, Tuxtla Gutiérrez, Chiapas"
    ),
    "names and places of India": (
        "Venkata Subramanya Srinivasan\nThiruvananthapuram, Kerala\n"
        "Jawaharlal Nehru Technological University, Hyderabad\n"
        "Worked as process associate for voice data and prepared the daily status report.\n"
        "Tata Consultancy Services, Chennai; Bharat Sanchar Nigam Limited, Coimbatore\n"
        "Having good knowledge of labelling images of roads and of training freshers in the team.\n"
        "Sri Venkateswara Vidyalaya, Tirupati\nHandled escalations from the client and closed them in time."
    ),
    "headings in two languages": (
        f"Experiencia profesional / Professional experience\n{EXPERIENCE}\nFormación académica / Education\n"
        "Idiomas / Languages\nHabilidades / Skills"
    ),
    "all in capitals": EXPERIENCE.upper(),
    "a list of tools longer than the prose": f"Python, SQL, AWS, Docker, Kubernetes, Tableau, Hadoop\n{EXPERIENCE}\n"
    + "Airflow, Kafka, Vertica, PyTorch, NumPy, Pandas, Spark, Jira, Confluence\n" * 5,
}


@pytest.mark.parametrize("text", PLACES_AND_NAMES.values(), ids=PLACES_AND_NAMES)
def test_english_with_foreign_names_and_lists_is_accepted(text: str) -> None:
    verdict = judge_language(text)
    assert verdict.accepted
    assert verdict.language == "en"


def test_another_language_is_refused_by_its_name() -> None:
    verdict = judge_language(SPANISH)
    assert (verdict.accepted, verdict.language, verdict.note) == (False, "es", LanguageNote.NONE)
    assert verdict.refusal == "This résumé seems to be written in Spanish. Please upload it in English."


def test_a_resume_in_two_languages_is_refused_and_told_which_part_is_in_which() -> None:
    verdict = judge_language(f"{EXPERIENCE}\n\n{SPANISH}")
    assert (verdict.accepted, verdict.language, verdict.note) == (False, "es", LanguageNote.MIXED)
    assert {share.language for share in verdict.shares} == {"en", "es"}
    assert verdict.shares[0].sample in SPANISH or verdict.shares[1].sample in SPANISH
    assert "in English and about" in verdict.refusal


def test_a_few_lines_in_another_language_are_said_and_accepted() -> None:
    verdict = judge_language(f"{EXPERIENCE}\n" * 6 + SPANISH)
    assert (verdict.accepted, verdict.note) == (True, LanguageNote.MIXED)


@pytest.mark.parametrize("text", ["", "Python, SQL, AWS", "I label images and check the labels of others."])
def test_a_short_text_is_too_short_to_tell(text: str) -> None:
    verdict = judge_language(text)
    assert (verdict.accepted, verdict.note) == (False, LanguageNote.TOO_SHORT)
    assert "too little text" in verdict.refusal


def test_at_least_99_in_100_of_the_shared_texts_are_judged_right(shared_data: Path) -> None:
    results = judged(labelled_texts(shared_data / "language" / "texts.jsonl.gz"))
    assert sum(result.is_right for result in results) >= 0.99 * len(results)
