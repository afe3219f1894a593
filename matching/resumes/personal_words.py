"""The words by which a résumé tells who somebody is rather than what they can do."""

import re

# What stands before the colon of a line of personal data; the value goes with it.
LABELS = (
    r"date of birth|birth ?date|d\.?o\.?b\.?|born(?: on| in)?|year of birth|place of birth|birth ?place|age|gender|sex|"
    r"(?:preferred |my )?pronouns?|marital[ -]status|civil[ -]status|family[ -]status|married|children|"
    r"dependents|nationality|nationalities|citizenship|citizen of|country of (?:origin|birth)|ethnicity|ethnic origin|"
    r"race|religion|caste|blood group|height|weight|passport(?: no\.?| number)?|"
    r"(?:father|mother|husband|wife|spouse)(?:['’]?s)?(?:['’]?s? name)?|maiden name|"
    r"(?:full|first|last|middle|family|given|sur) ?names?(?: and surname)?|name (?:and|&) surname|"
    r"candidate(?:['’]s)? name|"
    r"(?:(?:permanent|present|current|postal|home|residential|residence|mailing|correspondence|street)[ -])?address|"
    r"residence|place of residence|domicile|home ?town|native place|zip(?: code)?|postal code|post ?code|pin ?code"
)
# Only near the top or under "Personal details": a project has a name, a title and a place too.
LABELS_OF_A_BLOCK = r"name|status|location|city|state|country|place|photo|title"
BLOCK_HEADING = re.compile(
    r"\W*(?:personal|biographical|bio[ -]?data|about me)"
    r"(?: (?:details?|data|information|info|particulars|profile))?\W*",
    re.IGNORECASE,
)
LINES_IN_BLOCK = 12

GENDERS = r"male|female|man|woman|m|f|non[ -]?binary|transgender|cis(?:gender)?|trans"
STATUSES = r"(?:happily |un|newly )?married|single|divorced|widow(?:ed|er)?|separated|engaged|in a relationship"
CHILDREN = r"(?:(?:no|one|two|three|four|five|\d) )?(?:children|child|kids?|sons?|daughters?)"
PEOPLE = r"man|woman|male|female|lady|gentleman|guy|girl|boy|mother|father|mom|mum|dad|wife|husband"

US_STATES = (
    r"A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY]|"
    r"Alabama|Alaska|Arizona|Arkansas|California|Colorado|Connecticut|Delaware|Florida|Georgia|Hawaii|Idaho|Illinois|"
    r"Indiana|Iowa|Kansas|Kentucky|Louisiana|Maine|Maryland|Massachusetts|Michigan|Minnesota|Mississippi|Missouri|"
    r"Montana|Nebraska|Nevada|New (?:Hampshire|Jersey|Mexico|York)|North (?:Carolina|Dakota)|Ohio|Oklahoma|Oregon|"
    r"Pennsylvania|Rhode Island|South (?:Carolina|Dakota)|Tennessee|Texas|Utah|Vermont|Virginia|Washington|"
    r"West Virginia|Wisconsin|Wyoming"
)
REGIONS = (
    r"AB|BC|MB|NB|NL|NS|ON|PE|QC|SK|NSW|VIC|QLD|Alberta|British Columbia|Manitoba|Nova Scotia|Ontario|Quebec|"
    r"Saskatchewan|Andhra Pradesh|Bihar|Delhi|Gujarat|Haryana|Karnataka|Kerala|Madhya Pradesh|Maharashtra|Odisha|"
    r"Punjab|Rajasthan|Tamil Nadu|Telangana|Uttar Pradesh|West Bengal|England|Scotland|Wales|Northern Ireland|Bavaria|"
    r"Catalonia"
)
COUNTRIES = (
    r"Afghanistan|Albania|Algeria|American Samoa|Andorra|Angola|Anguilla|Argentina|Armenia|Aruba|Ascension Island|"
    r"Australia|Austria|Azerbaijan|Bahamas|Bahrain|Bangladesh|Barbados|Belarus|Belgium|Belize|Benin|Bermuda|Bhutan|"
    r"Bolivia|Bosnia and Herzegovina|Botswana|Bouvet Island|Brazil|British Indian Ocean Territory|"
    r"British Virgin Islands|Brunei|Bulgaria|Burkina Faso|Burma|Burundi|Cambodia|Cameroon|Canada|Canary Islands|"
    r"Cape Verde|Caribbean Netherlands|Cayman Islands|Central African Republic|Chad|Chile|China|Christmas Island|"
    r"Clipperton Island|Cocos|Colombia|Comoros|Congo - Brazzaville|Congo - Kinshasa|Cook Islands|Costa Rica|Croatia|"
    r"Cuba|Curaçao|Cyprus|Czech Republic|Czechia|Denmark|Diego Garcia|Djibouti|Dominica|Dominican Republic|Ecuador|"
    r"Egypt|El Salvador|Equatorial Guinea|Eritrea|Estonia|Eswatini|Ethiopia|Falkland Islands|Faroe Islands|Fiji|"
    r"Finland|France|French Guiana|French Polynesia|French Southern Territories|Gabon|Gambia|Georgia|Germany|Ghana|"
    r"Gibraltar|Greece|Greenland|Grenada|Guadeloupe|Guam|Guatemala|Guernsey|Guinea|Guinea-Bissau|Guyana|Haiti|Holland|"
    r"Honduras|Hong Kong|Hungary|Iceland|India|Indonesia|Iran|Iraq|Ireland|Isle of Man|Israel|Italy|Ivory Coast|"
    r"Jamaica|Japan|Jersey|Jordan|Kazakhstan|Kenya|Kiribati|Kosovo|Kuwait|Kyrgyzstan|Laos|Latvia|Lebanon|Lesotho|"
    r"Liberia|Libya|Liechtenstein|Lithuania|Luxembourg|Macau|Madagascar|Malawi|Malaysia|Maldives|Mali|Malta|"
    r"Marshall Islands|Martinique|Mauritania|Mauritius|Mayotte|Mexico|Micronesia|Moldova|Monaco|Mongolia|Montenegro|"
    r"Montserrat|Morocco|Mozambique|Myanmar|Namibia|Nauru|Nepal|Netherlands|New Caledonia|New Zealand|Nicaragua|Niger|"
    r"Nigeria|Niue|Norfolk Island|North Korea|North Macedonia|Northern Mariana Islands|Norway|Oman|Pakistan|Palau|"
    r"Palestinian Territories|Panama|Papua New Guinea|Paraguay|Peru|Philippines|Pitcairn Islands|Poland|Portugal|"
    r"Puerto Rico|Qatar|Romania|Russia|Rwanda|Réunion|Samoa|San Marino|Sark|Saudi Arabia|Senegal|Serbia|Seychelles|"
    r"Sierra Leone|Singapore|Sint Maarten|Slovakia|Slovenia|Solomon Islands|Somalia|South Africa|South Korea|"
    r"South Sudan|Spain|Sri Lanka|St\. Barthélemy|St\. Helena|St\. Lucia|St\. Martin|Sudan|Suriname|Sweden|"
    r"Switzerland|Syria|Taiwan|Tajikistan|Tanzania|Thailand|Timor-Leste|Togo|Tokelau|Tonga|Tristan da Cunha|Tunisia|"
    r"Turkey|Turkmenistan|Tuvalu|Türkiye|U\.K\.|U\.S\. Virgin Islands|U\.S\.A\.|UAE|UK|US|USA|Uganda|Ukraine|"
    r"United Arab Emirates|United Kingdom|United States|Uruguay|Uzbekistan|Vanuatu|Vatican City|Venezuela|Vietnam|"
    r"Western Sahara|Yemen|Zambia|Zimbabwe|Åland Islands"
)
# "Indian" in a line of personal data; elsewhere it is a cuisine, a market or a language.
NATIONALS = (
    r"(?:Afghan|Albanian|Algerian|American|Argentin(?:e|ian)|Armenian|Australian|Austrian|Bangladeshi|Belarusian|Belgian|"
    r"Bolivian|Bosnian|Brazilian|British|Bulgarian|Cameroonian|Canadian|Chilean|Chinese|Colombian|Croatian|Cuban|Cypriot|"
    r"Czech|Danish|Dominican|Dutch|Ecuadorian|Egyptian|Emirati|English|Estonian|Ethiopian|Filipin[oa]|Finnish|French|"
    r"Georgian|German|Ghanaian|Greek|Guatemalan|Haitian|Hungarian|Icelandic|Indian|Indonesian|Iranian|Iraqi|Irish|Israeli|"
    r"Italian|Jamaican|Japanese|Jordanian|Kazakh|Kenyan|Korean|Kuwaiti|Latvian|Lebanese|Libyan|Lithuanian|Malaysian|"
    r"Maltese|Mexican|Moldovan|Mongolian|Moroccan|Nepali|Nepalese|New Zealander|Nigerian|Norwegian|Pakistani|"
    r"Palestinian|Paraguayan|Peruvian|Polish|Portuguese|Puerto Rican|Qatari|Romanian|Russian|Rwandan|Saudi|"
    r"Scottish|Senegalese|"
    r"Serbian|Singaporean|Slovak|Slovenian|Somali|South African|Spanish|Sri Lankan|Sudanese|Swedish|Swiss|Syrian|"
    r"Taiwanese|Tanzanian|Thai|Tunisian|Turkish|Ugandan|Ukrainian|Uruguayan|Uzbek|Venezuelan|Vietnamese|Welsh|Yemeni|"
    r"Zambian|Zimbabwean)(?: (?:citizen|national|passport))?"
)

PRONOUNS = r"[Hh]e|[Ss]he|[Hh]im|[Hh]er|[Hh]is|[Hh]ers|[Hh]imself|[Hh]erself"
# "Ms Office" and "MS Excel" are programs.
COURTESY = (
    r"(?:Mr|Mrs|Miss|Mx|Mister|Madam|Shri|Smt|Herr|Frau|Señora?|Monsieur|Madame|"
    r"Ms(?!\.? ?(?:Office|Excel|Word|Access|Power|Outlook|Project|Visio|Windows|SQL|Sql|Dos|DOS|Team|Share|Paint|"
    r"Dynamics|Azure|Publisher|CIT|One)))"
)

STREETS = (
    r"Street|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Highway|Hwy|Parkway|Pkwy|Terrace|Crescent|Turnpike|Nagar|Colony|"
    r"Marg|Layout"
)
# These also end the names of products and games: only with a comma, an apartment, or the end of the line behind them.
STREETS_AT_END = (
    r"St|Drive|Dr|Court|Ct|Place|Pl|Way|Square|Sq|Circle|Cir|Close|Grove|Gardens|Park|Trail|Loop|Row|Hill|Walk"
)
HOMES = (
    r"(?:Apt|Apartment|Flat|Unit|Suite|Ste|Room|Floor|Block|Plot|House|Door|H)\.? ?(?:No\.?|Number|#)? ?[:-]? ?"
    r"#?\d[\w/-]*"
)
