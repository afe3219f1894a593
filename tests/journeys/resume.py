"""The résumé that the journeys hand in: an ordinary page of text, made into a real PDF."""

from fpdf import FPDF

# What a wish of the journeys' project should find, word for word.
PROOF = "Labelled nodules and effusions in 4,200 chest X-ray reports together with two radiologists"

PARAGRAPHS = (
    ("", "Annotator and reviewer of medical and language data, with six years of work for research groups."),
    ("Experience", ""),
    (
        "",
        f"{PROOF}, and wrote the guideline that the whole team of nine annotators worked by. Agreement between two "
        "annotators rose from 0.71 to 0.88 during the year, measured as Cohen's kappa every week.",
    ),
    (
        "",
        "From 2019 to 2021 I transcribed and translated interviews in Swahili for a public health study in Nairobi. "
        "I checked the work of four colleagues, and I explained each correction to them in writing.",
    ),
    (
        "",
        "Before that I taught biology at a secondary school for two years, where I prepared pupils for the national "
        "examination and learned to explain difficult things in simple words.",
    ),
    ("Education", ""),
    ("", "Bachelor of Science in Biology, University of Nairobi, 2017."),
    ("Languages", ""),
    ("", "English: C2, written and spoken. Swahili: native speaker."),
    ("Tools", ""),
    (
        "",
        "Label Studio, Prodigy and spreadsheets. I read JSON without fear, keep notes of every doubtful case, and ask "
        "early when a guideline does not answer a question.",
    ),
)


def resume_pdf(name: str, speaks: str = "Swahili", copies: int = 1) -> bytes:
    """Return the résumé of *name*, who grew up with the language *speaks*, as a PDF.

    It has one page; more *copies* of the same make it long.
    """
    pdf = FPDF()
    pdf.set_title(f"Résumé of {name}")
    pdf.add_page()
    pdf.set_font("helvetica", "B", 18)
    pdf.multi_cell(0, 10, name, new_x="LMARGIN", new_y="NEXT")
    for heading, text in PARAGRAPHS * copies:
        pdf.set_font("helvetica", "B" if heading else "", 13 if heading else 11)
        pdf.multi_cell(0, 7, heading or text.replace("Swahili", speaks), new_x="LMARGIN", new_y="NEXT")
        pdf.ln(2)
    return bytes(pdf.output())
