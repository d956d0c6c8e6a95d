"""The words that say what a date on a page is, as named data: each kind and its patterns."""

from __future__ import annotations

import re
from enum import StrEnum


class Kind(StrEnum):
    """What a date is said to be."""

    REVIEWED = "reviewed"
    UPDATED = "updated"
    DUE = "review_due"
    REVIEW = "review"  # "Review date": the last or the next
    OTHER = "other"  # published, approved, printed, ...: never a review


_WHOLE = r"(?:medical|clinical|content|expert|peer|full|page|editorial)"
_DONE = r"(?:updated|modified|revised|amended|edited)"
_NOUN = r"(?:update|revision|modification|amendment)"
# In this order: "next reviewed" is no "reviewed".
_WORDS: tuple[tuple[Kind, str], ...] = (
    (
        Kind.DUE,
        r"(?:(?:date\s+(?:of|for)\s+(?:the\s+)?)?next\s+"
        rf"(?:(?:scheduled|planned|{_WHOLE})\s+){{0,3}}(?:review(?:ed)?|{_NOUN}|updated|revised)(?:\s+date)?"
        r"(?:\s+(?:(?:is|was)\s+)?(?:due|planned|scheduled))?"
        r"|(?:is\s+)?(?:next\s+)?due\s+(?:for|to\s+be)\s+(?:(?:its|the|a|next)\s+){0,3}(?:review(?:ed)?|revision)"
        r"|review\s+(?:is\s+)?(?:due|planned)|review\s+(?:again|by|before|after)|reviewed\s+again"
        r"|(?:to|will|should|must)\s+be\s+(?:next\s+)?(?:reviewed|updated|revised)(?:\s+again)?"
        r"|for\s+review|(?:planned|scheduled)\s+(?:date\s+of\s+)?review"
        r"|prossima\s+revisione|próxima\s+revisión|prochaine\s+révision|nächste\s+überprüfung"
        r"|επόμενη\s+(?:αναθεώρηση|αξιολόγηση))(?:\s+(?:date|by|before|for|after|will\s+be|is)){0,3}",
    ),
    (
        Kind.REVIEWED,
        r"(?:date\s+)?"
        rf"(?:(?:last|most\s+recently|medically|clinically|{_WHOLE})\s+){{0,3}}reviewed"
        rf"|date\s+of\s+(?:the\s+)?(?:(?:last|latest|most\s+recent|{_WHOLE})\s+){{0,3}}review"
        rf"|(?:last|latest|most\s+recent)\s+(?:{_WHOLE}\s+){{0,3}}review"
        r"|(?:medical|clinical)\s+review"
        r"|review\s+completed"
        r"|ultima\s+revisione|revisionato|última\s+revisión|revisado|révisé|dernière\s+révision"
        r"|zuletzt\s+(?:geprüft|überprüft)|letzte\s+(?:über)?prüfung|laatst\s+beoordeeld"
        r"|revisto|última\s+revisão|τελευταία\s+(?:αναθεώρηση|αξιολόγηση)"
        r"|xem\s+xét\s+lần\s+cuối|آخر\s+مراجعة",
    ),
    (
        Kind.UPDATED,
        rf"(?:date\s+)?(?:(?:last|most\s+recently|page|content)\s+){{0,3}}{_DONE}"
        rf"|(?:date\s+of\s+)?(?:the\s+)?(?:last|latest|most\s+recent)\s+{_NOUN}|{_NOUN}\s+date"
        r"|(?:ultimo\s+)?aggiornamento|(?:ultima\s+)?modifica|aggiornat[oa](?:\s+(?:al|il))?"
        r"|última\s+actualización|actualizado(?:\s+el)?|dernière\s+mise\s+à\s+jour|mise?\s+à\s+jour"
        r"|(?:zuletzt\s+)?aktualisiert|letzte\s+(?:aktualisierung|änderung)|zuletzt\s+geändert"
        r"|laatst\s+(?:bijgewerkt|gewijzigd)|bijgewerkt|última\s+atualização|atualizado"
        r"|τελευταία\s+ενημέρωση|ενημερώθηκε|cập\s+nhật(?:\s+(?:lần\s+)?(?:cuối|gần\s+nhất))?"
        r"|آخر\s+تحديث|son\s+güncelleme",
    ),
    (Kind.REVIEW, r"(?:date\s+for\s+)?review\s+date|date\s+for\s+review"),
    (
        Kind.OTHER,
        r"(?:date\s+(?:of\s+)?)?(?:(?:first|originally|last|date|re)[\s-]*){0,3}"
        r"(?:published|publication|issued?|created|creation|posted|written|produced|approved"
        r"|approval|endorsed|effective|expires|expiry|printed|archived|accessed|released|release"
        r"|pubblicato|publicado|publié|veröffentlicht|copyright|review)(?:\s+date)?|©",
    ),
)
# Scripts that write no spaces between words.
_UNSPACED: tuple[tuple[Kind, str], ...] = (
    (Kind.DUE, r"下次(?:审核|審核|审阅|審閱|检讨|檢討)(?:日期)?"),
    (
        Kind.REVIEWED,
        r"最[后後近](?:一次)?(?:审核|審核|审阅|審閱|检讨|檢討)(?:日期|时间|時間)?[于於]?"
        r"|(?:마지막|최종)\s*검토(?:일)?|最終レビュー日?",
    ),
    (
        Kind.UPDATED,
        r"最[后後近](?:一次)?(?:更新|修订|修訂|修改)(?:日期|时间|時間|日)?[于於]?|最終更新日?"
        r"|更新(?:日期|时间|時間|日)|(?:최종|마지막)\s*(?:업데이트|수정)(?:일)?",
    ),
)
_ONE = "|".join(
    # A letter before or behind is another word; a digit may follow where an element ended between.
    rf"(?<![^\W\d_])(?P<{kind.name}>{words})(?![^\W\d_]|\s+(?:since|to)\b)"
    for kind, words in _WORDS
)
_OTHERS = "|".join(f"(?P<{kind.name}_>{words})" for kind, words in _UNSPACED)
LABEL = re.compile(f"{_ONE}|{_OTHERS}", re.IGNORECASE)
# Every one of them holds one of these: looking for these first is much faster.
ROOTS = tuple(
    "review updat modif revis amend edit publi issue creat posted written produced approv endorsed"
    " effective expir printed archived accessed release copyright © révis prüf beoordeeld"
    " αναθεώρηση αξιολόγηση xem مراجعة aggiorna actuali jour aktualisier geändert"
    " änderung bijgewerkt gewijzigd atualiza ενημ cập تحديث güncel veröff 审 審 检 檢 更 修 검토"
    " 업데이트 수정 レビュー".split(" ")
)
HINT = re.compile("|".join(map(re.escape, ROOTS)), re.IGNORECASE)
AROUND_HINT = 80  # characters before and behind within which the whole of them stands
AND = re.compile(r"\s*(?:and|&|/|or|,|und|et|e|y)\s*", re.IGNORECASE)

# What may stand between such words and their date.
GAP = re.compile(
    r"(?:\s*\bdate\b)?"
    r"(?:\s*\b(?:on|in|at|as\s+of|as\s+at|during|am|den|le|el|il|em|op|στις|was|is)\b)?"
    r"[\s:;,\-–—|()\[\]»›]*(?:dd?[-/.]mm?[-/.]yy(?:yy)?[\s):]*)?(?:\d{1,2}[:.]\d{2}\s*(?:[ap]\.?m\.?)?,?\s+)?(?:\b(?:on|the|le|el|il)\s+)?",
    re.IGNORECASE,
)
BY = re.compile(r"\s*[:,]?\s*\bby\b:?\s*", re.IGNORECASE)
# What follows such a word is about somebody's life, not about the page; a full stop ends a name
# that is not a title's or an initial's.
NOT_A_NAME = re.compile(
    r"[!?|\d]|\.\s+[^\W\d]|\b(?:who|since|from|until|joined|founded|born|meeting|conference|event"
    r"|workshop|study|trial|next|will)\b",
    re.IGNORECASE,
)
TITLES = re.compile(r"\b(?:Dr|Prof|Assoc|Mr|Mrs|Ms|Mx|St|[A-Z])\.")
LONGEST_NAME = 200

# What may stand before such words in their sentence: the page itself, and nothing else.
_PAGE = (
    "this these the our page pages webpage web content contents information article text topic"
    " on in of and was were is are has have been date all first last medically clinically version"
    " checked next"
    " published written produced issued created 本页 本頁 此页 此頁"
    " 网页 網頁 页面 頁面 本网页 本網頁 内容 このページの"
)
# These are the page only as "this leaflet": "the leaflet" may be one that the page tells of.
_DOCUMENT = (
    "fact sheet factsheet leaflet booklet document guide resource brochure publication handout"
    " flyer material materials summary"
)
PAGE_WORDS = frozenset(_PAGE.split())
DOCUMENT_WORDS = frozenset(_DOCUMENT.split())
SEPARATOR = re.compile(r"[.!?:;|•·–—()\[\]»›/]")
# A reference to another's page.
CITATION = re.compile(
    r"https?://|www\.|\bdoi\b|\b(?:accessed|retrieved|cited|et al|available (?:from|at))\b",
    re.IGNORECASE,
)
# Behind a sentence such a word is of what that names: "A guide. Revised May 2021".
OF_A_BOOK = frozenset("updated revised modified amended edited".split())
# What else a line of dates may hold and still be no content.
EXTRAS = re.compile(
    r"\b(?:print(?:able)?(?:\s+(?:this\s+page|version|page))?|share(?:\s+this\s+page)?|download"
    r"(?:\s+(?:as\s+)?(?:a\s+)?pdf)?|pdf|version(?:\s+\d[\d.]*)?|email|date|date\s+of|and|by)\b",
    re.IGNORECASE,
)
