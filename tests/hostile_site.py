"""A static site that attacks whoever shows it: payloads, and the pages that hold them everywhere.

In a payload RUN stands for a call that tells the payload's number, and HOST for an address on
another host that ends with it.
"""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING

from indexer.text import collapse
from tests.runs import write

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

CANARY = "__ran"
TOPIC = "zebrafish"  # a word of every page
# A body of which more than a hundredth are control characters is taken for no page.
_FILLING = "x" * 2000

_SCRIPTS = (
    "<script>RUN</script>",
    "<ScRiPt>RUN</sCrIpT>",
    "<script\t>RUN</script\n>",
    "<script>RUN//",
    "<script src=//HOST></script>",
    "<script src=data:text/javascript,RUN></script>",
    "<<script>RUN//<</script>",
    r"<script>\u005f\u005fran(NUMBER)</script>",
    "<svg><script>RUN</script></svg>",
    "<svg><script>&#95;_ran(NUMBER)</script></svg>",
    "</script><script>RUN</script>",
)
_HANDLERS = (
    "<img src=x onerror=RUN>",
    "<img/src=x/onerror=RUN>",
    '<img src=x onerror="RUN"//',
    "<IMG SRC=x ONERROR=RUN>",
    "<img src=x\nonerror\n=\nRUN>",
    "<img src=x onerror=RUN\x01>",
    '<img """><script>RUN</script>">',
    "<svg onload=RUN>",
    "<body onload=RUN>",
    "<input autofocus onfocus=RUN>",
    "<div contenteditable autofocus onfocus=RUN>x</div>",
    "<details open ontoggle=RUN>x</details>",
    "<video><source onerror=RUN></video>",
    "<iframe onload=RUN></iframe>",
    "<style>@keyframes k{}</style><b style='animation:k 1ms' onanimationstart=RUN>x</b>",
    "<xss onmouseover=RUN>x</xss>",
)
_MUTATIONS = (
    "<svg><animate onbegin=RUN attributeName=x dur=1s>",
    "<svg><a><animate attributeName=href values=javascript:RUN /><text y=9>x</text></a></svg>",
    "<svg></p><style><a id='</style><img src=x onerror=RUN>'>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--><img src=x onerror=RUN>'>",
    "<form><math><mtext></form><form><mglyph><style></math><img src=x onerror=RUN>",
    "<noscript><p title='</noscript><img src=x onerror=RUN>'>",
    "<div><template shadowrootmode=open><img src=x onerror=RUN></template></div>",
    "<a href='`><img src=x onerror=RUN>`'>x</a>`><img src=x onerror=RUN>",
)
_BREAK_OUTS = (
    '"><img src=x onerror=RUN>',
    "'><img src=x onerror=RUN>",
    '" autofocus onfocus=RUN x="',
    '" onmouseover="RUN',
    "x onmouseover=RUN y",
    "` onmouseover=RUN `",
    "--><img src=x onerror=RUN>",
    "<!--><img src=x onerror=RUN>-->",
    "]]><img src=x onerror=RUN>",
    "<![CDATA[<img src=x onerror=RUN>]]>",
    "</title><img src=x onerror=RUN>",
    "</textarea></style></noscript></xmp></template><img src=x onerror=RUN>",
    "</mark></p></li></ol><img src=x onerror=RUN>",
    "<plaintext>RUN",
)
_ADDRESSES = (
    "javascript:RUN",
    "JaVaScRiPt:RUN",
    " \x01javascript:RUN",
    "java\tscr\nipt:RUN",
    "&#x6A&#x61vascript&colon;RUN",
    "java&Tab;script&NewLine;:RUN",
    "javascript://%0aRUN",
    "javascript:/*--></title></style></textarea></script><svg/onload='RUN'//*/RUN",
    "data:text/html,<script>RUN</script>",
    "//HOST",
    r"/\HOST",
)
_ELEMENTS = (
    '<iframe srcdoc="<script>RUN</script>"></iframe>',
    "<iframe srcdoc='&lt;img src=x onerror=RUN&gt;'></iframe>",
    "<iframe src=javascript:RUN></iframe>",
    "<iframe src=//HOST></iframe>",
    "<object data='data:text/html,<script>RUN</script>'></object>",
    "<base href=//HOST/><img src=x>",
    "<meta http-equiv=refresh content='0;url=//HOST'>",
    "<meta http-equiv=refresh content='0;url=data:text/html,<script>RUN</script>'>",
    "<form action=//HOST><button>x</button></form>",
    "<form action=javascript:RUN><input type=submit></form>",
    "<form><button formaction=javascript:RUN>x</button></form>",
    "<style>@import url(//HOST);*{background:url(//HOST)}</style>",
    "<b style='background:url(//HOST)'>x</b>",
    "<link rel=stylesheet href=//HOST>",
    "<img srcset=//HOST>",
)
_NAMES = (
    "__proto__",
    "constructor",
    "body",
    "main",
    "hits",
    "<form id=__proto__><input name=body id=q></form>",
    "<img name=getElementById><img id=cookie name=body>",
    "<a id=location href=//HOST></a><a id=location name=href></a>",
    "<form id=q name=q><input name=attributes id=main></form>",
)
_WRITTEN_OTHERWISE = (
    "{{7*7}}${7*7}<%= 7*7 %>#{7*7}",
    "{{constructor.constructor('RUN')()}}",
    "{% raw %}{{ config }}{% endraw %}",
    "${RUN}",
    r"\u003cscript\u003eRUN\u003c/script\u003e",
    "%3Cscript%3ERUN%3C/script%3E",
    "%253Cscript%253ERUN%253C/script%253E",
    "&lt;script&gt;RUN&lt;/script&gt;",
    "&amp;lt;script&amp;gt;RUN&amp;lt;/script&amp;gt;",
    "+ADw-script+AD4-RUN+ADw-/script+AD4-",
    "＜script＞RUN＜/script＞",
    "\u202e<img src=x onerror=RUN>\u202c",
    "\u2066\u202e>RUN=rorreno gmi<\u2069",
    "<\u200bscript>RUN</script>",
    "<img\u2028src=x\u2029onerror=RUN>",
    "<ſcript>RUN</ſcript>",
)
ATTACKS = (
    *_SCRIPTS, *_HANDLERS, *_MUTATIONS, *_BREAK_OUTS,
    *_ADDRESSES, *_ELEMENTS, *_NAMES, *_WRITTEN_OTHERWISE,
)  # fmt: skip
# They attack nobody: what such pages are shown with is what any may be shown with. Half are long
# enough for an excerpt.
HARMLESS = tuple(
    f"plain word {number}{' uncomplicatedly-incontrovertible-words' * (number % 2)}"
    for number in range(16)
)

# What ends whatever the payload before it left open, so that each place is tried by itself.
CLOSING = (
    " --></script></style></textarea></title></noscript></template></select></svg></math></form>"
)


@dataclass(frozen=True, slots=True)
class Payload:
    """One attack, and a word that stands beside it wherever it is on its page."""

    number: int
    text: str

    @property
    def word(self) -> str:
        # Letters only, or it would be split; none that a stemmer would take off.
        return "vq" + f"{self.number:08b}".replace("0", "j").replace("1", "k") + "x"

    @property
    def seen(self) -> str:
        """The payload as the text of a passage has it, without invisible characters."""
        return collapse(self.text)

    @property
    def file(self) -> str:
        """The path of its page, in folders whose names say the payload; few are sections."""
        names = [name for name in self.text.split("/") if name and name[0] != "."]
        above = ["x"] if self.number % 8 else []
        return "/".join([*above, *names, f"{self.number}.html"])


def payloads(texts: Sequence[str] = ATTACKS) -> list[Payload]:
    """The payloads, each with its number in place of RUN and HOST."""
    return [
        Payload(
            number,
            text.replace("RUN", f"{CANARY}({number})")
            .replace("HOST", f"elsewhere.example/{number}")
            .replace("NUMBER", str(number)),
        )
        for number, text in enumerate(texts)
    ]


def page(payload: Payload) -> str:
    """A page with the payload in every place: as text, and below that as markup."""
    word, raw = payload.word, payload.text
    return f"""<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="description" content="{_FILLING}"><title>{word} {raw}</title></head><body><main>
<h1>{word} {html.escape(raw)}</h1>{_places(word, html.escape(raw), "")}
<h2 id="{raw}">{word} {raw}{CLOSING}</h2>{_places(word, raw, CLOSING)}
</main></body></html>"""


def _places(word: str, attack: str, after: str) -> str:
    """Everything of a page that can hold an attack; ``after`` ends what it leaves open."""
    what = f"{attack}{after}"
    return f"""<p>{TOPIC} {word} {what}
<a id="a {attack}" href="{attack}" title="{attack}">{what}</a>{after}
<a href='{attack}'>x</a>{after} <a href={attack}>x</a>{after} <a href="x#{attack}">x</a>{after}
<img alt="{attack}" src="{attack}">{after}</p>
<table><caption>{TOPIC} {word} {what}</caption><tr><th>Name</th><th>{what}</th></tr>
<tr><td>{what}</td><td>{what}</td></tr></table>
<dl><dt>{what}</dt><dd>{TOPIC} {word} {what}</dd></dl>"""


def write_site(root: Path, given: Sequence[Payload]) -> Path:
    """A page of each payload; the folder."""
    return write(root, {each.file: page(each) for each in given})
