"""What is not content, as named data: names, words and selectors, each with the reason it shows.

The words are of class names, ids and ARIA labels. They were drawn from the templates of WordPress
(and its page builders), Drupal, Squarespace, Wix, Bootstrap, the NHS and GOV.UK design systems,
MediaWiki, and consent, sharing and chat products.
"""

from __future__ import annotations

# Never text that a reader sees.
INVISIBLE = frozenset(
    "script style noscript template svg iframe object embed canvas video audio map head noembed"
    " noframes progress meter datalist".split()
)

# All that a page's head may hold; the first other element begins its body.
METADATA = frozenset("base link meta noscript script style template title".split())

# Element names and roles that say it outright.
ELEMENTS: dict[str, str] = {
    **dict.fromkeys(["nav", "amp-sidebar"], "navigation"),
    **dict.fromkeys(["amp-consent", "amp-user-notification"], "cookie notice"),
    **dict.fromkeys(["input", "select", "textarea", "button", "label", "form"], "form"),
    **dict.fromkeys(["amp-ad", "amp-embed", "amp-sticky-ad"], "promotion"),
    "amp-social-share": "share bar",
    "dialog": "dialog",
    "search": "search",
}
ROLES: dict[str, str] = {
    **dict.fromkeys(["navigation", "menu", "menubar", "directory"], "navigation"),
    **dict.fromkeys(["dialog", "alertdialog", "tooltip"], "dialog"),
    "banner": "header",
    "contentinfo": "footer",
    "search": "search",
    "toolbar": "form",
}

# Words of names that only say where, how big or of which kind an element is.
GENERIC = frozenset(
    "wrapper wrap wrapped container inner outer content contents block box section region area"
    " holder group row rows col cols column columns grid panel pane module component comp widget"
    " widgets element elements item items list lists ul li strip band zone part layer main site"
    " page pages global primary secondary tertiary top bottom left right upper lower middle center"
    " centre first last odd even default desktop mobile tablet small large big full half sm md lg"
    " xl xs xxl new js is has no the my our custom theme tpl template wp drupal elementor location"
    " et pb fl vc sqs gem nhsuk govuk app c o u l m t b s d id view views field fields body article"
    " post posts entry node story blog common standard basic simple style styled type v two one"
    " three sticky fixed floating open opened closed active visible clearfix clear float fluid"
    " responsive horizontal vertical inline align aligned alignright alignleft  show in"
    " out for with and by of to sf jp cmp aem ctl cp mod com x extra bar buttons button btn"
    " icons icon link links".split()
)

# By reason, the words that name it: a name says so when all its words that are not generic do.
WORDS: dict[str, str] = {
    "navigation": (
        "breadcrumb breadcrumbs breadcrumbtrail crumb crumbs crumbtrail brotkrumen ariane navbar"
        " megamenu mega offcanvas hamburger pagination pager paginator paging skiplink skiplinks"
        " skipnav skip backtotop totop scrolltop sidenav topnav quicklinks catlinks navbox navlinks"
    ),
    "newsletter": (
        "newsletter newsletters subscribe subscription enews enewsletter mailinglist mailchimp"
        " mc4wp optin"
    ),
    "cookie notice": (
        "cookie cookies cookiebar cookiebanner cookieconsent gdpr ccpa dsgvo rgpd cookielaw"
        " cookienotice onetrust cookiebot usercentrics didomi iubenda cookieyes tarteaucitron"
    ),
    "share bar": (
        "share sharer shares sharing sharebar sharethis sharedaddy addthis addtoany shareaholic"
        " ssk jssocials socialshare compartir teilen partager condividi delen socialmedia followus"
    ),
    "comments": "comment comments commentlist commentform respond disqus",
    "dialog": (
        "modal popup popups lightbox exitintent popover dialog interstitial tooltip tooltiptext"
    ),
    "chat": (
        "chat chatbot livechat intercom drift tawk zendesk zopim messenger webchat chatwidget"
        " tidio olark"
    ),
    "feedback": "feedback helpful rating ratings usabilla hotjar",
    "author": "authorbox authorbio aboutauthor byline",
    "promotion": "ad ads advert adverts advertisement advertisements advertising adsbygoogle",
}

# The same, of names that content has as well: enough where no sentence is said outside links.
WORDS_IF_SAYING_NOTHING: dict[str, str] = {
    "navigation": (
        "nav navigation navi menu menus menubar submenu sidemenu drawer leftnav rightnav subnav"
        " sitemap mainnav sitenav navlist"
    ),
    "header": (
        "header masthead topbar branding logo sitename cabecera kopfzeile kopf entete utility"
        " utilities hd"
    ),
    "footer": (
        "footer colophon foot fusszeile fuss pie rodape copyright copyrights legal siteinfo ft"
    ),
    "cookie notice": "consent privacy",
    "search": "search searchform searchbox searchbar suche buscar recherche",
    "share bar": (
        "social socials facebook twitter whatsapp linkedin instagram youtube pinterest follow tweet"
    ),
    "author": "author authors bio",
    "page details": (
        "meta postmeta entrymeta posted readtime tags taglist categories category filed"
    ),
    "newsletter": "signup",
    "feedback": "survey",
    "language": "language languages lang wpml translate gtranslate",
    "login": "login signin logout",
    "tools": "print toolbar tools fontsize",
}

# The same, where half of the text is links.
WORDS_IF_LINKS: dict[str, str] = {
    "related links": (
        "related relatedposts relatedlinks similar recommended recommendations suggestions"
        " readnext upnext popular trending recent toc tableofcontents onthispage morelinks"
    ),
    "aside": "sidebar aside",
}

# The same, where it also bids a visitor to do something, in few words.
WORDS_IF_ASKING: dict[str, str] = {
    "promotion": (
        "donate donation donations donating appeal fundraise fundraising promo promos promotion"
        " cta sponsor sponsors sponsored banner banners teaser"
    ),
    "form": "form forms webform formular formulaire formulario",
}

# Makers of consent dialogs: their names are enough wherever they stand in a name.
CONSENT_MAKERS = (
    "onetrust cookiebot usercentrics didomi iubenda cookieyes tarteaucitron cookieconsent"
    " cookielaw cookie-law qc-cmp truste- osano cookiehub cookiefirst"
).split()

# Words side by side in a name, whatever stands beside them; of products and of compound terms.
PHRASES: dict[str, str] = {
    "cookie notice": (
        "cookie banner, cookie bar, cookie notice, cookie consent, cookie message, cookie popup,"
        " cookie law, cookie alert, cookie wall, cookie overlay, cookie hinweis, cookie info,"
        " cookie warning, cookie disclaimer, cookie settings, cookie control, cookies banner,"
        " cookies notice, consent banner, consent manager, consent modal, consent popup,"
        " consent sdk, gdpr banner, gdpr cookie, privacy banner, qc cmp, cky consent, cmplz,"
        " borlabs cookie, sp message, cookie script, moove gdpr, eu cookie, cc window, cc banner,"
        " ot sdk, privacy consent"
    ),
    "navigation": (
        "skip link, skip links, skip to, skip nav, nav menu, main menu, main nav, mega menu,"
        " mobile menu, mobile nav, side nav, side menu, site nav, top nav, sub nav, nav links,"
        " post navigation, page numbers, back to top, scroll to top, jump links, quick links,"
        " menu toggle, off canvas, site map, prev next, tabs primary, primary tabs, local tasks,"
        " super navigation"
    ),
    "header": (
        "site header, global header, site branding, site title, print logo, site tagline,"
        " site description, utility bar, utility nav, location header"
    ),
    "footer": "site footer, global footer, page footer, site info, location footer, print footer",
    "search": "search form, search box, site search, popular searches",
    "newsletter": "newsletter signup, email signup, mailing list, mc embed signup",
    "share bar": (
        "share button, share buttons, share bar, share links, share tools, share icons,"
        " share widget, share this, social share, social sharing, social links, social icons,"
        " social buttons, social bar, sharing buttons, sharing enabled, a2a kit, at share,"
        " heateor sss, tweet box, tweet this, sd sharing, sd like, follow us"
    ),
    "comments": (
        "comment list, comment form, comment respond, comments area, comments section,"
        " fb comments, disqus thread, post comments"
    ),
    "dialog": "exit intent, popup overlay, modal dialog, smart app banner, app banner",
    "chat": "chat widget, live chat, chat bot, chat window, web chat, virtual assistant",
    "feedback": (
        "page helpful, was helpful, was this helpful, helpful widget, feedback form,"
        " user feedback, page feedback, survey invite, page rating, page survey, star rating"
    ),
    "author": (
        "author box, author bio, author info, author card, about author, about the author,"
        " author description, author profile, post author, entry author"
    ),
    "page details": (
        "post meta, entry meta, article meta, posted on, posted by, cat links, tags links,"
        " tag links, post tags, post categories, read time, reading time, post info,"
        " citation tools, print source"
    ),
    "promotion": "ad slot, ad unit, ad container, google ad, donate button, banner ad",
    "notice of the site": (
        "site alert, alert banner, alert bar, emergency banner, site notice, announcement bar,"
        " browser upgrade"
    ),
    "language": "language switcher, language selector, language chooser, language picker,"
    " lang switcher, lang switch, google translate, translate widget",
    "tools": (
        "text resize, font resize, font resizer, accessibility tools, accessibility toolbar,"
        " a11y toolbar, print link, print button, page tools, page actions, player controls,"
        " video controls, audio controls, edit section, editsection"
    ),
}
PHRASES_IF_LINKS: dict[str, str] = {
    "related links": (
        "related posts, related articles, related content, related links, related pages,"
        " related topics, related resources, related news, related stories, you may also like,"
        " you might also like, also like, also read, more like this, read next, up next,"
        " recent entries, recent posts, recent comments, latest news, latest posts, popular posts,"
        " on this page, table of contents, in this section, page contents, contents list, yarpp,"
        " ez toc"
    ),
}

SEMANTIC_MAIN = "main, [role=main]"
ARTICLE = "article, [role=article]"

# A button that opens the panel below it heads that panel. Those of tabs stand apart from theirs.
DISCLOSURE = (
    "button[aria-expanded]:not([role=tab]), button[aria-controls]:not([role=tab]),"
    " button[class*=accordion i], button[class*=collaps i]"
)

# Words of names that say: this is shown when a reader opens it.
COLLAPSED = frozenset(
    "accordion accordions collapse collapsed collapsible tab tabs tabpanel pane toggle expand"
    " expandable expander expanded readmore faq answer details disclosure transcript reveal"
    " showmore panel".split()
)
HIDDEN_CLASSES = frozenset("hidden hide d-none is-hidden u-hidden js-hide invisible".split())
SHOWN_SOMEWHERE = r"(^|[\s:-])(sm|md|lg|xl|xxl|tablet|desktop|large|medium)([:-]|$)|visible-"
SCREEN_READER = frozenset(
    "sr-only visually-hidden visuallyhidden screen-reader-text screen-reader element-invisible"
    " element-hidden offscreen off-screen u-visually-hidden show-for-sr assistive-text".split()
)

BID = "wbr"  # stands where a button or form was, which tells something of what is around it

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")

# Words of names that make an element a heading where it is short and something follows it.
HEADING_NAMES = frozenset(
    "heading headline title subtitle subheading subhead subheader question header trigger"
    " accordion faq toggle card info alert callout warning note tip summary feature"
    " h1 h2 h3 h4 h5 h6".split()
)
CAPTION_NAMES = frozenset("caption figcaption captions text img image media name".split())

# Links to these are no reference of the page's own.
SOCIAL_HOSTS = (
    "facebook. twitter. x.com instagram. youtube. youtu.be linkedin. whatsapp. pinterest. t.me"
    " tiktok. reddit. bsky. threads. wa.me mastodon."
).split()

# Elements that begin and end a line of their own. Text of two of them never forms one phrase.
BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details dialog div dl dt fieldset"
    " figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu"
    " nav ol optgroup option p pre search section summary table tbody td tfoot th thead tr ul"
    " br".split()
)
