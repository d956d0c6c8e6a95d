"""Signs of the Symbol font, which word processors write as private characters: µ, ≤, ≥."""

from __future__ import annotations

_FIRST = 0xF000  # the private characters are the font's codes from here on
_ASCII = {code: chr(code) for code in (*range(0x28, 0x3F), 0x20, 0x21, 0x25, 0x5B, 0x5D)}
_LETTERS = dict(zip(range(0x61, 0x7B), "αβχδεφγηιϕκλµνοπθρστυϖωξψζ", strict=True))
_CAPITALS = dict(zip(range(0x41, 0x5B), "ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ", strict=True))
_SIGNS = {
    0xA2: "′", 0xA3: "≤", 0xA5: "∞", 0xAC: "←", 0xAD: "↑", 0xAE: "→", 0xAF: "↓", 0xB0: "°",
    0xB1: "±", 0xB2: "″", 0xB3: "≥", 0xB4: "×", 0xB8: "÷", 0xB9: "≠", 0xBA: "≡", 0xBB: "≈",
    0xBC: "…", 0xD6: "√",
}  # fmt: skip
# What Symbol and Wingdings have in front of items.
_BULLETS = dict.fromkeys((0xB7, 0xA7, 0xA8, 0xD8, 0xFC, 0x76, 0xBE, 0x6E), "•")

SYMBOLS = {
    _FIRST + code: sign
    for code, sign in {**_ASCII, **_LETTERS, **_CAPITALS, **_SIGNS, **_BULLETS}.items()
}
