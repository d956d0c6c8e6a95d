"""What is not content, as named data: a reason and the CSS selectors that show it."""

from __future__ import annotations

# Never text that a reader sees.
INVISIBLE = "script, style, noscript, template, svg, iframe, object, embed, canvas, head"

# All that a page's head may hold; the first other element begins its body.
METADATA = frozenset("base link meta noscript script style template title".split())

# In this order: the first reason that matches an element is the one reported.
DROPPED: tuple[tuple[str, str], ...] = (
    (
        "navigation",
        "nav, [role=navigation], [role=menu], [role=menubar], #breadcrumbs, .breadcrumb,"
        " .breadcrumbs, .skip-link, .menu, #menu, .pagination",
    ),
    ("header", "[role=banner], .site-header, #site-header, body > header, #top-bar, .top-bar"),
    ("footer", "[role=contentinfo], .site-footer, #site-footer, footer"),
    ("search", "[role=search]"),
    ("newsletter", "[class*=newsletter i], [id*=newsletter i], [class*=subscribe i]"),
    (
        "cookie notice",
        "[id*=cookie i]:not(section), [class*=cookie i]:not(section), #consent, .consent,"
        " [id*=consent-b i], [class*=consent-b i], [id*=consent-m i], [class*=gdpr i]",
    ),
    ("form", "form, input, select, textarea, button, datalist"),
    (
        "share bar",
        "[class*=share-b i], .share, .sharing, [class*=sharedaddy i], .social, .social-share,"
        " [class*=social-l i], [class*=social-i i], [class*=social-m i], .addtoany",
    ),
    ("comments", "#comments, .comments-area, .comment-respond"),
    ("dialog", "dialog, [role=dialog], [role=alertdialog]"),
    (
        "hidden",
        "[hidden]:not([hidden=until-found i], [role=tabpanel], [role=region]),"
        " [style*='display:none' i]:not([role=tabpanel], [role=region]),"
        " [style*='display: none' i]:not([role=tabpanel], [role=region])",
    ),
)

# Left out only where most of their text is links: inside an article these names also hold content.
DROPPED_IF_LINKS: tuple[tuple[str, str], ...] = (
    ("aside", "aside, [role=complementary], .sidebar, #sidebar"),
    ("related links", "[class*=related i], [id*=related i], .toc, #toc, [class*=on-this-page i]"),
)

SEMANTIC_MAIN = "main, [role=main]"
ARTICLE = "article"

# A button that opens the panel below it heads that panel. Those of tabs stand apart from theirs.
DISCLOSURE = (
    "button[aria-expanded]:not([role=tab]), button[aria-controls]:not([role=tab]),"
    " button[class*=accordion i], button[class*=collaps i]"
)

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")

# Elements that begin and end a line of their own. Text of two of them never forms one phrase.
BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details dialog div dl dt fieldset"
    " figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu"
    " nav ol optgroup option p pre search section summary table tbody td tfoot th thead tr ul"
    " br".split()
)
