"""Words that tell whom a page is written for, as named data: patterns that count two, and one.

Chosen on the pages of ``tests/eval/audience_dev.jsonl`` and from what such pages say elsewhere.
"""

from __future__ import annotations

import re
from typing import Literal

Audience = Literal["patient", "carer", "clinician", "general"]

# What each is called, words parted by hyphens: as a section of a site, in metadata, in a title.
NAMES: tuple[tuple[Audience, str], ...] = (
    (
        "carer",
        r"carers?|care-?givers?|care-?giving|families|famil(?:y|ies)-and-(?:friends|carers)"
        r"|loved-ones",
    ),
    (
        "clinician",
        r"clinicians?|hcps?|hp|(?:allied-)?(?:health|medical)-?(?:care)?-(?:professionals?|providers?"
        r"|practitioners?|workers?)|professionals?|practitioners?|medicalresearchers?",
    ),
    ("patient", r"patients?|consumers?|survivors?|people-with-(?:cancer|nets?)"),
)
# Their pages are for them only where it says so: "nurses" may be a page on who cares for you.
ROLES = r"doctors|gps|general-practitioners|physicians?|nurses|specialists|pharmacists|dietitians"

_RELATIVE = (
    r"(?:partner|husband|wife|spouse|mother|mum|mom|father|dad|parents?|relative|friend"
    r"|loved one|son|daughter|child|brother|sister|family member|housemate)"
)
_OF_CARE = (
    r"carers?(?:['’]s?)?|care-?giv(?:ers?|ing)|caring (?:for|role|from)|(?:and|from) caring"
    r"|car(?:e|ed|es) for (?:someone|somebody|them|him|her|a |your)|daily care"
    r"|look(?:s|ed|ing)? after (?:someone|somebody|them|him|her|a |your|their|my)"
    r"|loved ones?|respite"
    r"|(?:person|people|someone|somebody) (?:you|they) (?:are|look|love|support|care|cared|live)"
    r"|person with (?:the |a |an )?(?:cancer|net|nets|tumour|illness)|substitute decision"
    r"|(?:someone|somebody|people) you (?:love|care|know)"
    r"|(?:support|help|assist)ing (?:someone|somebody|your|a|them)"
    r"|on (?:his|her|their) behalf|someone else|bereave\w+|who (?:live|care)s? with a"
)
_OF_A_RELATIVE = (
    rf"(?:your|my|their|his|her|other) {_RELATIVE}|grie(?:f|ving)|help (?:him|her|them)"
    r"|(?:tell|ask|give|take|show|ring|call|let|drive|remind|encourage|help"
    r"|support|offer|listen to|sit with|talk to|go with|stay with|with|for) (?:him|her|them)"
    r"|(?:ask|tell|see|know) what (?:he|she|they)|as the other parent"
    r"|your (?:caring|support)"
)
_OF_MEDICINE = (
    r"mg/m2|mg/m²|\d+ ?(?:mg|mcg|micrograms?)/(?:kg|day|h|hour)|GBq|MBq|mmol/L|pmol/L|ng/mL"
    r"|eGFR|LFTs?|FBC|FBE|CTCAE|ECOG|RECIST|CYP\w+|NT-?proBNP|HbA1c|IQR|95 ?% ?CI"
    r"|hazard ratio|odds ratio|p ?[<=] ?0?\.\d+|median|randomi[sz]ed|double-blind"
    r"|multivaria\w+|retrospective|cohort|phase I+V?|progression-free|overall survival"
    r"|contraindicat\w*|indications?\b|prophyla\w+|titrat\w+|subcutaneous(?:ly)?"
    r"|intravenous(?:ly)?|intramuscular(?:ly)?|immunohistochem\w+|mitotic|mitoses"
    r"|differential diagnos\w+|comorbid\w+|aetiolog\w+|etiolog\w+|pathophysiolog\w+|adjuvant"
    r"|unresectable|well-differentiated|poorly differentiated|dedifferentiat\w+"
    r"|perioperative|haemodynamic|refractory|level of evidence|recommendation|guidelines?"
    r"|clinicians?|practitioners?|prescrib\w+|referrer|referrals?|multidisciplinary"
    r"|in patients|patients? (?:with|who|should|present\w*)|your patients?"
    r"|the patient(?:'s|’s)?|educate patients|triaged?|consecutive patients|first-line"
    r"|second-line|surveillance|CPD|CME|learning (?:module|outcomes?|objectives?)"
    r"|participants|webinar|attendance|college|pathogenic|immunotherap\w+ agents?"
    r"|haematological|hepatic|renal|transthoracic|cross-sectional|adverse events?|toxicit\w+"
    r"|morphology|histolog\w+|prognos(?:is|tic)|physiological|resection|lymphadenectomy"
    r"|locoregional"
)
_OF_THE_CLINIC = (
    r"administer\w*|assess\w*|monitor|refer|screen|consider|obtain|initiate|cease|escalate"
    r"|document|baseline|trough|dose reduc\w+|reduce the dose|bd|tds|daily on days|cycles?"
    r"|IM|IV|q\d+|eligib\w+|biochemical|investigations?|presents?|sublobar|metasta\w+"
    r"|therapeutic|clinical"
)


def _cues(strong: str, weak: str, flags: int = 0) -> re.Pattern[str]:
    return re.compile(rf"\b(?:(?P<strong>{strong})|(?P<weak>{weak}))\b", flags)


CARER = _cues(_OF_CARE, _OF_A_RELATIVE, re.IGNORECASE)
CLINICIAN = _cues(_OF_MEDICINE, _OF_THE_CLINIC)  # abbreviations need their capitals
CARER_TITLE = re.compile(
    r"\b(?:for (?:partners|famil(?:y|ies)|friends|children|parents|husbands|wives|loved ones)"
    r"|(?:helping|supporting|caring|telling|being there)\b)",
    re.IGNORECASE,
)
YOU = re.compile(r"\b(?:you|your|yours|yourself)\b", re.IGNORECASE)
THEY = re.compile(r"\b(?:him|her|his|hers|she|he|they|them|their)\b", re.IGNORECASE)
I_ME = re.compile(r"\b(?:I|my|me|myself)\b")
