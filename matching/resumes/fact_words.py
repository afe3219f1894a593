"""The words by which a résumé names languages, levels and degrees."""

from matching.vocabulary import IscedLevel

# BCP 47 by the English name; "Chinese" and "Mandarin" are kept apart as people keep them.
LANGUAGES = {
    "Afrikaans": "af", "Albanian": "sq", "Amharic": "am", "Arabic": "ar", "Armenian": "hy", "Azerbaijani": "az",
    "Basque": "eu", "Belarusian": "be", "Bengali": "bn", "Bosnian": "bs", "Bulgarian": "bg", "Burmese": "my",
    "Cantonese": "yue", "Catalan": "ca", "Chinese": "zh", "Croatian": "hr", "Czech": "cs", "Danish": "da",
    "Dutch": "nl", "English": "en", "Estonian": "et", "Farsi": "fa", "Filipino": "fil", "Finnish": "fi",
    "Flemish": "nl-BE", "French": "fr", "Galician": "gl", "Georgian": "ka", "German": "de", "Greek": "el",
    "Gujarati": "gu", "Hausa": "ha", "Hebrew": "he", "Hindi": "hi", "Hungarian": "hu", "Icelandic": "is",
    "Igbo": "ig", "Indonesian": "id", "Irish": "ga", "Italian": "it", "Japanese": "ja", "Javanese": "jv",
    "Kannada": "kn", "Kazakh": "kk", "Khmer": "km", "Korean": "ko", "Kurdish": "ku", "Latvian": "lv",
    "Lithuanian": "lt", "Macedonian": "mk", "Malay": "ms", "Malayalam": "ml", "Maltese": "mt", "Mandarin": "cmn",
    "Marathi": "mr", "Mongolian": "mn", "Nepali": "ne", "Norwegian": "no", "Pashto": "ps", "Persian": "fa",
    "Polish": "pl", "Portuguese": "pt", "Punjabi": "pa", "Quechua": "qu", "Romanian": "ro", "Russian": "ru",
    "Serbian": "sr", "Sinhala": "si", "Slovak": "sk", "Slovenian": "sl", "Somali": "so", "Spanish": "es",
    "Swahili": "sw", "Swedish": "sv", "Tagalog": "tl", "Tamil": "ta", "Telugu": "te", "Thai": "th",
    "Turkish": "tr", "Ukrainian": "uk", "Urdu": "ur", "Uzbek": "uz", "Vietnamese": "vi", "Welsh": "cy",
    "Xhosa": "xh", "Yoruba": "yo", "Zulu": "zu",
}  # fmt: skip

NATIVE = "native|mother tongue|first language"
# Said levels stay as said: "fluent" is no CEFR level.
SAID_LEVELS = (
    "bilingual|fluent|advanced|proficient|full professional|professional|limited working|conversational|"
    "upper[- ]intermediate|intermediate|elementary|basic|beginner"
)

FIELDS = (
    "Arts|Sciences?|Business|Commerce|Engineering|Education|Technology|Laws?|Fine|Philosophy|Public|Social|Computer|"
    "Applied|Architecture|Nursing|Music|Medicine|Pharmacy|Design|Economics|Library|Management|Health|Human|"
    "Accountancy|Divinity|Theology|Veterinary|International|Professional|Information|Translation|Linguistics|"
    "Journalism|Communications?"
)
# Highest first.  "Scrum Master", "master data" and "Bachelor pad" are none, so a field or "degree" must follow.
DEGREES = {
    IscedLevel.DOCTORATE: (
        r"Ph\.? ?D\b\.?",
        r"D\.?Phil\b\.?",
        r"Doctor of (?:Philosophy|Science|Education|Engineering)",
        r"Doctorate(?= (?:in|of)\b)",
        r"Doctoral (?:degree|candidate|student)",
    ),
    IscedLevel.MASTER: (
        rf"Masters? of (?:{FIELDS})\b",
        r"Master(?:[’']s|s)(?= (?:in|of)\b| degree)",
        r"Masters? degree",
        r"M\.?(?:Sc|BA|B\.A|Eng|Tech|Phil|Ed)\b\.?",
        r"LL\.M\b\.?",
        r"M\.[AS]\.",
        r"M[AS](?= in\b)",
    ),
    IscedLevel.BACHELOR: (
        rf"Bachelors? of (?:{FIELDS})\b",
        r"Bachelor(?:[’']s|s)?(?= in\b| degree)",
        r"B\.?(?:Sc|Com|BA|B\.A|Eng|Tech|Ed)\b\.?",
        r"LL\.?B\b\.?",
        r"B\.[AS]\.",
        r"B[AS](?= in\b)",
    ),
    IscedLevel.SHORT_CYCLE: (r"Associate(?:[’']s)? (?:degree )?(?:of|in) (?:Applied )?(?:Arts|Sciences?)",),
}
DEGREE_NAMES = {
    IscedLevel.DOCTORATE: "Doctorate",
    IscedLevel.MASTER: "Master's degree",
    IscedLevel.BACHELOR: "Bachelor's degree",
    IscedLevel.SHORT_CYCLE: "Associate degree",
}
IN_PROGRESS = "in progress|pursuing|expected|anticipated|candidate|currently enrolled|ongoing|student"
