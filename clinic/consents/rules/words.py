"""The words of a form: a little Markdown in, blocks to show out, and what may not be published."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from clinic.consents.errors import WordsRefused
from clinic.consents.rules.kinds import LANGUAGES, KindFacts
from clinic.kernel.text import clean_note

LONGEST = 20_000
"""Characters of one form in one language; longer ones nobody reads on a phone."""

_STARTS = {"# ": "title", "## ": "heading", "- ": "item", "[ ] ": "box"}
# Claims that nobody may make of a compounded product: FDA, October 10, 2023.
_PROMISES = re.compile(
    r"\b(safe and effective|guarantee\w*|cures?|miracle|seguro y (?:eficaz|efectivo)|garantiza\w*|curará|milagro\w*)\b",
    re.IGNORECASE,
)


class BlockKind(StrEnum):
    """How a piece of a form is shown."""

    TITLE = "title"
    HEADING = "heading"
    PARAGRAPH = "paragraph"
    ITEM = "item"
    BOX = "box"


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a form; a box has its number, the first is 1."""

    kind: BlockKind
    text: str
    number: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FormText:
    """A form in one language, taken apart."""

    title: str
    blocks: tuple[Block, ...]

    @property
    def boxes(self) -> tuple[str, ...]:
        """Return the sentences that have a box of their own."""
        return tuple(block.text for block in self.blocks if block.kind is BlockKind.BOX)


def parsed(words: str) -> FormText:
    """Take a form apart: `# title`, `## heading`, `- item`, `[ ] box`; a blank line ends a paragraph.

    Whatever else stands there is shown as it stands.
    """
    pieces: list[tuple[str, str]] = []
    is_open = False
    for line in words.splitlines():
        if not line.strip():
            is_open = False
            continue
        kind, text = _started(line)
        if kind == BlockKind.PARAGRAPH and is_open:
            before, so_far = pieces.pop()
            kind, text = before, f"{so_far} {text}"
        pieces.append((kind, text))
        is_open = kind not in {BlockKind.TITLE, BlockKind.HEADING}
    title = next((text for kind, text in pieces if kind == BlockKind.TITLE), "")
    return FormText(title=title, blocks=tuple(_numbered(pieces)))


def fingerprint(words: str) -> str:
    """Return the SHA-256 of the words in UTF-8, as 64 hexadecimal digits."""
    return sha256(words.encode()).hexdigest()


def clean_words(typed: str, *, field: str) -> str:
    """Return the words as they are kept, or raise WordsRefused for what has no title, is too long or promises."""
    words = clean_note(typed, field=field)
    text = parsed(words)
    if not words.startswith("# ") or not text.title:
        raise WordsRefused("Begin with a line that is the title, such as \u201c# Care by video\u201d.", field=field)
    if len(text.blocks) < 1:
        raise WordsRefused("Write something under the title.", field=field)
    if len(words) > LONGEST:
        raise WordsRefused(f"This is too long. Use at most {LONGEST:,} characters.", field=field)
    if promise := _PROMISES.search(words):
        raise WordsRefused(f"Take out \u201c{promise.group(0)}\u201d: a form promises nothing.", field=field)
    return words


def require_publishable(words: Mapping[str, str], kind: KindFacts) -> None:
    """Raise WordsRefused unless both languages can be signed: as many boxes in each, and as many as the kind needs."""
    counts = {language: len(parsed(clean_words(words[language], field=language)).boxes) for language in LANGUAGES}
    if len(set(counts.values())) > 1:
        raise WordsRefused(
            f"The English text has {counts['en']} boxes to tick and the Spanish one {counts['es']}. Write as many in "
            "each, in the same order.",
            field="es",
        )
    if counts["en"] < kind.least_boxes:
        raise WordsRefused("This form needs a line that begins with [ ], which patients tick by itself.", field="en")


def _started(line: str) -> tuple[str, str]:
    for mark, kind in _STARTS.items():
        if line.startswith(mark):
            return kind, line.removeprefix(mark).strip()
    return BlockKind.PARAGRAPH, line.strip()


def _numbered(pieces: list[tuple[str, str]]) -> list[Block]:
    blocks, boxes = [], 0
    for kind, text in pieces:
        if kind == BlockKind.TITLE:
            continue
        boxes += kind == BlockKind.BOX
        blocks.append(Block(BlockKind(kind), text, boxes if kind == BlockKind.BOX else 0))
    return blocks
