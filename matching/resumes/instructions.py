"""Phrases that speak to a machine and not to a reader.  Nothing here obeys them; they are shown all the same."""

import re

WHO = r"(?:me|this (?:candidate|applicant|resume|résumé|cv|profile|person)|my (?:resume|résumé|cv|profile|application))"
BEST = r"(?:first|(?:the |very )?top|highest|number (?:one|1)|no\. ?1|#1|maximum|max|perfect|100|10/10|best|above)"
MACHINE = r"(?:ai|a\.i\.|llm|gpt|chatgpt|language model|artificial intelligence|chatbot|bot|machine)"
PHRASES = (
    # "ignore all previous instructions", "disregard the above criteria"
    r"\b(?:ignore|disregard|forget|override)\s+(?:\w+\s+){0,3}?(?:previous|prior|above|earlier|preceding|other|all|any|"
    r"your|system)\s+(?:\w+\s+){0,2}?(?:instructions?|prompts?|rules|guidelines|criteria|directions|candidates|applicants|"
    r"resumes|résumés|context)\b",
    rf"\b(?:rank|place|put|rate|score|list|move|mark|grade|sort)\s+{WHO}\b[^.\n]{{0,50}}?\b{BEST}\b",
    rf"\b(?:give|assign|award|grant)\s+{WHO}\b[^.\n]{{0,40}}?\b{BEST}\s+(?:possible\s+)?(?:score|rating|rank|mark|match|grade)",
    # an "AI trainer" is a trade; "as an AI, you must" is not
    rf"\bas an?\s+{MACHINE}(?:\s+(?:language\s+)?(?:model|assistant|system|recruiter|screener|agent))?\s*,?\s+"
    r"(?:you|please|must|should|i (?:cannot|recommend|rate|rank))\b",
    rf"\byou are (?:now )?(?:an?|the) (?:helpful )?(?:{MACHINE}|assistant|recruiter|hiring|screening|ranking|resume)\b",
    rf"\bif you(?: are|['’]re) an? {MACHINE}\b",
    r"(?:\b(?:system|developer|assistant)\s+(?:prompt|message|instructions?)\s*[:=]|<\|?(?:im_start|im_end|system|endoftext)\|?>"
    r"|\[/?(?:INST|SYSTEM)\]|#{2,}\s*(?:instructions?|system)\b)",
    rf"\b(?:note|message|attention|instructions?|important)\s*(?:to|for|:)\s+(?:the\s+|any\s+|all\s+)?(?:{MACHINE}|algorithm|"
    r"automated|screening (?:system|tool|software)|ranking (?:system|tool|software|model)|ats)\b",
    rf"\b{WHO.replace('me|', '')}\s+(?:must|should|shall|has to|needs to)\s+(?:always\s+)?be\s+"
    r"(?:ranked|hired|selected|shortlisted|recommended|invited|accepted|rated|scored|placed|put)\b",
    r"\bthis (?:candidate|applicant|resume|résumé|cv|profile) is (?:the|an?) (?:\w+ )?"
    r"(?:best|perfect|ideal|top|exceptional)\b",
    rf"\b(?:recommend|hire|select|shortlist|invite|choose|approve)\s+{WHO}\b"
    rf"(?=[^.\n]{{0,40}}(?:\b{BEST}\b|[.!\n]|$|immediately|now|over|regardless))",
    rf"\b(?:do not|don['’]t|never)\s+(?:reject|filter out|screen out|evaluate)\s+{WHO}\b",
    r"\breject (?:all|every) other\b",
    r"\b(?:return|output|respond|reply|answer)\s+(?:only\s+|with\s+)+[\"'“]?"
    r"(?:score|yes|match|qualified|10/10|100|the highest)",
)
INSTRUCTION = re.compile("|".join(f"(?:{phrase})" for phrase in PHRASES), re.IGNORECASE)
