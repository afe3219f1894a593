"""The fictional people of the demo world. None of them exists; likeness to anybody is chance."""

from dataclasses import dataclass

from matching.vocabulary import Cefr, DegreeStatus, ExperienceKind, IscedLevel

A2, B1, B2, C1, C2 = Cefr.A2, Cefr.B1, Cefr.B2, Cefr.C1, Cefr.C2
BACHELOR, MASTER, DOCTORATE, SHORT = (
    IscedLevel.BACHELOR,
    IscedLevel.MASTER,
    IscedLevel.DOCTORATE,
    IscedLevel.SHORT_CYCLE,
)
HELD, PURSUED = DegreeStatus.HELD, DegreeStatus.IN_PROGRESS
ANNOTATION, QA, MENTORING = ExperienceKind.ANNOTATION, ExperienceKind.QUALITY_ASSURANCE, ExperienceKind.MENTORING
TEACHING, CONSULTING = ExperienceKind.TEACHING, ExperienceKind.CONSULTING
EDITING, REVIEWING = ExperienceKind.EDITING, ExperienceKind.REVIEWING


@dataclass(frozen=True, slots=True)
class Person:
    """One fictional annotator: what the form says and what the résumé says; *file_kind* is the résumé's file type."""

    name: str
    country: str
    time_zone: str
    hours: int
    rate_minor: int
    languages: tuple[tuple[str, Cefr, Cefr, bool], ...]
    degrees: tuple[tuple[IscedLevel, DegreeStatus, str, int], ...]
    experience: tuple[tuple[ExperienceKind, int, str], ...]
    headline: str
    jobs: tuple[tuple[str, str, tuple[str, ...]], ...]
    skills: str
    file_kind: str


PEOPLE: tuple[Person, ...] = (
    Person(
        "Mei-Ling Hsu",
        "TW",
        "Asia/Taipei",
        25,
        1500,
        (("en", C1, C1, False), ("zh-Hant", C2, C2, True), ("nan", B2, C1, True)),
        ((MASTER, HELD, "Linguistics", 2019),),
        (
            (ANNOTATION, 4, "Sentiment, intent and medical spans in Chinese and English"),
            (QA, 2, "Second checks of labels"),
        ),
        "Linguist and annotation specialist for Traditional Chinese",
        (
            (
                "Annotation lead, freelance",
                "2021 to now",
                (
                    "Labelled sentiment and intent in 40,000 customer messages written in Traditional Chinese.",
                    "Rated answers of language models for factual correctness and tone, with a reason for each rating.",
                    "Wrote the guideline for mixed Taiwanese and Mandarin utterances and trained six newcomers.",
                ),
            ),
            (
                "Research assistant, phonetics laboratory",
                "2018 to 2021",
                (
                    "Transcribed and aligned spontaneous speech in Mandarin and Taiwanese.",
                    "Measured agreement between annotators and resolved disagreements by discussion.",
                ),
            ),
        ),
        "Sentiment annotation, guideline writing, inter-annotator agreement, Praat, spreadsheet analysis",
        "pdf",
    ),
    Person(
        "Tomás Arrieta",
        "MX",
        "America/Mexico_City",
        30,
        1400,
        (("en", C1, B2, False), ("es-MX", C2, C2, True)),
        ((BACHELOR, HELD, "Communication", 2017),),
        ((EDITING, 5, "Newsroom copy editing"), (ANNOTATION, 1, "Toxicity labels in Spanish")),
        "Copy editor and content reviewer in Spanish and English",
        (
            (
                "Copy editor, regional newspaper",
                "2018 to 2024",
                (
                    "Edited daily news in Spanish for accuracy, style and tone under tight deadlines.",
                    "Fact-checked claims of politicians against primary sources and published corrections.",
                ),
            ),
            (
                "Content moderator, freelance",
                "2024 to now",
                (
                    "Flagged biased, misleading and abusive comments in Mexican Spanish by a detailed policy.",
                    "Compared pairs of chatbot answers and explained which one a reader would trust more.",
                ),
            ),
        ),
        "Fact-checking, copy editing, content moderation, policy application",
        "docx",
    ),
    Person(
        "Amara Okonjo",
        "NG",
        "Africa/Lagos",
        35,
        1200,
        (("en", C2, C2, True), ("yo", C1, C2, True), ("ig", B2, B2, False)),
        ((BACHELOR, HELD, "Nursing science", 2016),),
        ((TEACHING, 3, "Clinical instruction"), (ANNOTATION, 2, "Medical entity tagging")),
        "Registered nurse turned medical text annotator",
        (
            (
                "Medical annotator, freelance",
                "2023 to now",
                (
                    "Tagged symptoms, drugs, doses and procedures in de-identified clinical notes.",
                    "Reviewed model summaries of discharge letters for missing or invented findings.",
                ),
            ),
            (
                "Staff nurse and clinical instructor",
                "2016 to 2023",
                (
                    "Cared for patients on a surgical ward and documented their treatment.",
                    "Taught student nurses how to write exact and complete clinical notes.",
                ),
            ),
        ),
        "Medical terminology, clinical documentation, entity tagging, patient safety",
        "pdf",
    ),
    Person(
        "Jonas Lindqvist",
        "SE",
        "Europe/Stockholm",
        20,
        2000,
        (("en", C2, C1, False), ("sv", C2, C2, True), ("de", B1, B1, False)),
        ((DOCTORATE, HELD, "Physics", 2015),),
        ((REVIEWING, 6, "Peer review"), (TEACHING, 4, "University physics")),
        "Physicist who checks the reasoning of AI systems",
        (
            (
                "Scientific reviewer, freelance",
                "2020 to now",
                (
                    "Checked step-by-step solutions of physics and mathematics problems written by language models.",
                    "Wrote difficult problems with full solutions that expose wrong reasoning.",
                ),
            ),
            (
                "Postdoctoral researcher, condensed matter",
                "2015 to 2020",
                (
                    "Published on thin magnetic films and reviewed manuscripts for two journals.",
                    "Taught mechanics and statistical physics to second-year students.",
                ),
            ),
        ),
        "Physics, mathematics, LaTeX, Python, peer review",
        "pdf",
    ),
    Person(
        "Priya Raghunathan",
        "IN",
        "Asia/Kolkata",
        40,
        1100,
        (("en", C2, C2, False), ("ta", C2, C2, True), ("hi", B2, B2, False)),
        ((MASTER, HELD, "Computer applications", 2014),),
        ((QA, 7, "Software and label quality"), (MENTORING, 3, "Onboarding of testers")),
        "Quality lead for annotation teams",
        (
            (
                "Quality assurance lead, data services company",
                "2019 to now",
                (
                    "Led the second review of image and text labels for a team of thirty annotators.",
                    "Wrote feedback that reaches the author the same day and cut repeated errors.",
                    "Kept the gold set and measured accuracy and agreement every week.",
                ),
            ),
            (
                "Test engineer, software company",
                "2014 to 2019",
                ("Designed test cases for payment software and reported defects with exact steps.",),
            ),
        ),
        "Quality assurance, feedback writing, gold sets, sampling, SQL, Python",
        "docx",
    ),
    Person(
        "Claire Beaumont",
        "FR",
        "Europe/Paris",
        20,
        1800,
        (("en", C1, C1, False), ("fr", C2, C2, True), ("it", B2, B1, False)),
        ((MASTER, HELD, "Translation studies", 2012),),
        ((EDITING, 9, "Post-editing of machine translation"), (REVIEWING, 4, "Translation review")),
        "Translator and reviewer, English to French",
        (
            (
                "Translator and post-editor, freelance",
                "2013 to now",
                (
                    "Post-edited machine translation of technical manuals and rated its adequacy and fluency.",
                    "Compared two translations side by side and recorded the severity of each error.",
                ),
            ),
        ),
        "Machine translation evaluation, terminology, MQM error typology, French style",
        "odt",
    ),
    Person(
        "Kenji Morikawa",
        "JP",
        "Asia/Tokyo",
        15,
        2100,
        (("en", B2, B2, False), ("ja", C2, C2, True)),
        ((BACHELOR, HELD, "Law", 2010),),
        ((CONSULTING, 8, "Contract consulting"), (ANNOTATION, 1, "Contract clauses")),
        "Contract specialist, Japanese and English",
        (
            (
                "Contract consultant",
                "2012 to now",
                (
                    "Reviewed sales and licence contracts in Japanese and English for small exporters.",
                    "Tagged obligations, deadlines and parties in contract clauses for a search product.",
                ),
            ),
        ),
        "Contract law, clause tagging, legal terminology in Japanese",
        "txt",
    ),
    Person(
        "Fatima Zahra El Idrissi",
        "MA",
        "Africa/Casablanca",
        30,
        1200,
        (("en", C1, C1, False), ("ar", C2, C2, True), ("fr", C2, C1, False)),
        ((MASTER, PURSUED, "Natural language processing", 2027), (BACHELOR, HELD, "English studies", 2023)),
        ((ANNOTATION, 2, "Dialect identification"),),
        "Student of language technology, Arabic dialects",
        (
            (
                "Student annotator, university laboratory",
                "2023 to now",
                (
                    "Labelled Moroccan Arabic and Modern Standard Arabic in social media posts.",
                    "Measured how often annotators agree on irony and wrote examples for the guideline.",
                ),
            ),
        ),
        "Arabic dialects, sentiment annotation, Python, corpus tools",
        "pdf",
    ),
    Person(
        "Lucas Ferreira Nunes",
        "BR",
        "America/Sao_Paulo",
        25,
        1300,
        (("en", C1, C1, False), ("pt-BR", C2, C2, True), ("es", B2, B2, False)),
        ((BACHELOR, HELD, "Software engineering", 2018),),
        ((REVIEWING, 3, "Code review"), (ANNOTATION, 1, "Code answers")),
        "Software engineer who rates code written by AI",
        (
            (
                "Backend engineer",
                "2018 to 2024",
                ("Built payment services in Python and Go and reviewed the code of colleagues.",),
            ),
            (
                "AI code reviewer, freelance",
                "2024 to now",
                (
                    "Compared two programs written by language models, ran them and explained which one is better.",
                    "Wrote test cases that show where generated code fails.",
                ),
            ),
        ),
        "Python, Go, SQL, unit tests, code review, prompt writing",
        "docx",
    ),
    Person(
        "Hannah Oberländer",
        "DE",
        "Europe/Berlin",
        18,
        1900,
        (("en", C2, C1, False), ("de", C2, C2, True)),
        ((MASTER, HELD, "Psychology", 2016),),
        ((ANNOTATION, 3, "Emotion in text and video"), (TEACHING, 2, "Statistics tutorials")),
        "Psychologist for emotion and conversation data",
        (
            (
                "Research annotator, university",
                "2017 to 2022",
                (
                    "Coded facial expression and turn taking in video recordings of conversations.",
                    "Taught statistics tutorials and computed agreement with Krippendorff's alpha.",
                ),
            ),
            (
                "Conversation analyst, freelance",
                "2022 to now",
                ("Rated chatbot conversations for empathy, safety and tone.",),
            ),
        ),
        "Emotion annotation, video coding, statistics, safety ratings",
        "pdf",
    ),
    Person(
        "Wei Zhao",
        "CN",
        "Asia/Shanghai",
        30,
        1400,
        (("en", B2, B1, False), ("zh-Hans", C2, C2, True), ("yue", B2, C1, False)),
        ((BACHELOR, HELD, "Radiology technology", 2017),),
        ((ANNOTATION, 5, "Radiology reports and images"),),
        "Radiology technologist and image annotator",
        (
            (
                "Image annotator, medical AI company",
                "2019 to now",
                (
                    "Drew boxes around lung nodules in chest images and described them in Chinese.",
                    "Labelled findings in radiology reports written in Mandarin and Cantonese.",
                ),
            ),
        ),
        "Medical imaging, bounding boxes, radiology reports, Cantonese",
        "odt",
    ),
    Person(
        "Olena Hrytsenko",
        "UA",
        "Europe/Kyiv",
        30,
        1300,
        (("en", C1, C1, False), ("uk", C2, C2, True), ("ru", C2, C2, False), ("pl", B1, B2, False)),
        ((MASTER, HELD, "Journalism", 2015),),
        ((EDITING, 6, "News editing"), (REVIEWING, 3, "Claims and sources")),
        "Fact-checker and editor, Ukrainian and Russian",
        (
            (
                "Fact-checker, media watchdog",
                "2018 to now",
                (
                    "Checked viral claims in Ukrainian and Russian against primary sources and rated them on a scale.",
                    "Verified the place and time of photographs and short videos.",
                ),
            ),
            ("Editor, online magazine", "2015 to 2018", ("Edited long reads and trained three junior editors.",)),
        ),
        "Fact-checking, source verification, video verification, editing",
        "docx",
    ),
    Person(
        "Daniel Mwangi",
        "KE",
        "Africa/Nairobi",
        40,
        1000,
        (("en", C2, C2, False), ("sw", C2, C2, True)),
        ((SHORT, HELD, "Information technology", 2020),),
        ((ANNOTATION, 4, "Images, boxes and segmentation"), (QA, 1, "Image label checks")),
        "Image annotation specialist",
        (
            (
                "Annotator, business process company",
                "2020 to now",
                (
                    "Drew boxes and polygons around vehicles, pedestrians and signs in 120,000 street images.",
                    "Checked the work of ten colleagues and explained each correction.",
                ),
            ),
        ),
        "Bounding boxes, polygons, segmentation, image classification, Swahili",
        "txt",
    ),
    Person(
        "Isabella Romano",
        "IT",
        "Europe/Rome",
        22,
        1700,
        (("en", C1, B2, False), ("it", C2, C2, True)),
        ((DOCTORATE, PURSUED, "Pharmacology", 2027), (MASTER, HELD, "Pharmacy", 2022)),
        ((REVIEWING, 2, "Drug information"),),
        "Pharmacist and doctoral student",
        (
            (
                "Hospital pharmacist",
                "2022 to now",
                (
                    "Answered questions of doctors on doses and interactions with cited sources.",
                    "Reviewed patient leaflets for correctness and plain language.",
                ),
            ),
        ),
        "Pharmacology, drug interactions, medical writing, literature search",
        "pdf",
    ),
    Person(
        "Grace Holloway",
        "US",
        "America/Chicago",
        20,
        2200,
        (("en", C2, C2, True), ("es", B2, B2, False)),
        ((MASTER, HELD, "Education", 2011),),
        ((TEACHING, 12, "Secondary school English"), (MENTORING, 5, "New teachers")),
        "English teacher, writing coach and rater",
        (
            (
                "English teacher, public high school",
                "2011 to 2023",
                (
                    "Taught writing, graded essays by a rubric and moderated grades with colleagues.",
                    "Mentored new teachers in their first year.",
                ),
            ),
            (
                "Essay rater, freelance",
                "2023 to now",
                ("Rated essays and AI answers for clarity, tone and argument with written feedback.",),
            ),
        ),
        "Rubric-based rating, feedback writing, mentoring, plain English",
        "docx",
    ),
    Person(
        "Nguyen Thi Bao Chau",
        "VN",
        "Asia/Ho_Chi_Minh",
        35,
        1000,
        (("en", C1, B2, False), ("vi", C2, C2, True)),
        ((BACHELOR, HELD, "English language teaching", 2021),),
        ((TEACHING, 3, "English for adults"), (ANNOTATION, 2, "Speech transcripts")),
        "Transcriber and annotator, Vietnamese and English",
        (
            (
                "Transcriber and annotator, freelance",
                "2022 to now",
                (
                    "Transcribed Vietnamese call recordings and marked speakers, noise and hesitation.",
                    "Classified short texts by topic and sentiment in Vietnamese and English.",
                ),
            ),
        ),
        "Transcription, topic classification, sentiment annotation, Vietnamese",
        "pdf",
    ),
    Person(
        "Mateusz Kowalczyk",
        "PL",
        "Europe/Warsaw",
        25,
        1600,
        (("en", C1, C1, False), ("pl", C2, C2, True), ("de", B2, B1, False)),
        ((MASTER, HELD, "Finance and accounting", 2013),),
        ((CONSULTING, 5, "Accounting advice"), (REVIEWING, 2, "Financial answers")),
        "Accountant who checks financial answers of AI",
        (
            (
                "Accountant and tax adviser",
                "2013 to now",
                (
                    "Prepared statements for small companies and advised them on tax in Poland.",
                    "Checked answers of AI systems on bookkeeping against the law and cited the paragraph.",
                ),
            ),
        ),
        "Accounting, tax, spreadsheet models, financial fact-checking",
        "txt",
    ),
    Person(
        "Siobhán Gallagher",
        "IE",
        "Europe/Dublin",
        16,
        2000,
        (("en", C2, C2, True), ("ga", B2, B2, False)),
        ((BACHELOR, HELD, "Creative writing", 2014),),
        ((EDITING, 7, "Fiction editing"), (ANNOTATION, 2, "Preference comparisons")),
        "Editor of fiction and judge of creative AI writing",
        (
            (
                "Fiction editor, freelance",
                "2015 to now",
                (
                    "Edited novels and short stories for structure, voice and tone.",
                    "Compared creative answers of two language models and explained the preference in writing.",
                ),
            ),
        ),
        "Creative writing, editing, preference ratings, tone of voice",
        "odt",
    ),
)
