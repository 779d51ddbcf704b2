"""How two texts are compared: exact, after trimming and case folding."""

import unicodedata


def fold(text: str | None) -> str:
    """Return the form in which names, SKUs and e-mail addresses are compared.

    Trims, joins runs of white space, normalises Unicode and folds case; nothing else, so that two texts
    that a person would call different stay different.
    """
    return " ".join(unicodedata.normalize("NFC", text or "").split()).casefold()
