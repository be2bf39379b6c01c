"""Words that no text may carry in either language: clinical words, drugs, prices, links, words that opt out or in."""

import re
import unicodedata

# A stranger may read the text over a shoulder: no condition, no care by its name, no drug.
_CLINICAL_WORDS = r"""
    dos(?:es?|ed|is|ages?|ing)|medic(?:ation|ine|amento|ina)\w*|meds|\d+\ ?m[gl]|prescri\w*|recetas?|recetad\w*
    |refills?|resurtid\w*|rx|drugs?|farmaco\w*|droga\w*|treat(?:ment)?\w*|tratamiento\w*|therap\w*|terapia\w*
    |sessions?|sesion\w*|pharmac\w*|farmacia\w*|pills?|pildora\w*|pastilla\w*|tablets?|tableta\w*|capsules?|capsula\w*
    |troches?|trocisco\w*|lozenge\w*|sublingual\w*|infusi\w*|inject\w*|inyecc\w*|depres\w*|deprim\w*|anxi\w*|ansie\w*
    |ptsd|ocd|adhd|bipolar\w*|trauma\w*|suicid\w*|psych\w*|psiqui\w*|psicol\w*|mental\w*|blood\ pressure|presion
    |controlled|controlad\w*|diagnos\w*|symptoms?|sintoma\w*|pain\w*|dolor\w*|addict\w*|adicc?\w*
"""
_DRUGS = r"""
    ketamin\w*|ketalar|spravato|esketamin\w*|zofran|ondansetron|lithium|litio|xanax|ativan|valium|klonopin|prozac
    |zoloft|lexapro|wellbutrin|adderall|ritalin|ambien|clonidin\w*|naltrexon\w*|cannabis|marijuana|marihuana
    |psilocybin\w*|psilocibina|mdma|opioids?|\w+(?:azepam|azolam|oxetin[ea]?|tralin[ea]?|codone|morphine|morfina|olol)
"""
CLINICAL = re.compile(rf"\b(?:{_CLINICAL_WORDS}|{_DRUGS})\b", re.IGNORECASE | re.VERBOSE)

# What a text of class safety has to name so that somebody calls 911, and nothing else of the kind.
EMERGENCY = re.compile(
    r"\b(chest pain|severe headache|trouble breathing"
    r"|dolor de pecho|dolor de cabeza fuerte|dificultad para respirar)\b",
    re.IGNORECASE,
)

# Words by which the provider or a carrier opts a phone out or in: nobody may be led to answer with one.
RESERVED = re.compile(
    r"\b(stopall|unsubscribe|cancel\w*|end|quit|revoke|opt ?out now|optout|yes|unstop|info|alto|parar|baja)\b",
    re.IGNORECASE,
)
COMPLIANCE = re.compile(
    r"\b(Reply|Responda|or|o) (STOP to opt out|HELP for help|START to get texts again"
    r"|STOP para no recibir mensajes|HELP para recibir ayuda|START para volver a recibirlos)\b"
)
KEYWORD = re.compile(
    r"\b(STOP|HELP|START)\b|\b(?i:reply|text|answer|send|responda|conteste|envie|escriba)\W+(?i:stop|help|start)\b"
)
_KEYWORDS = "stopall|stop|unsubscribe|cancel|cancelar|end|quit|revoke|optout|opt out|yes|unstop|start|help|info"
ASKED_FOR = re.compile(
    rf"\b(?i:reply|text|answer|respond|send|responda|conteste|envie|mande)\W+(?:\w+\W+){{0,3}}?"
    rf"(?P<asked>(?i:{_KEYWORDS}|alto|parar|baja))\b|\b(?P<loud>{_KEYWORDS.upper()})\b"
)
"""A reserved word that somebody is asked to answer with, or that stands there in capitals as an answer would."""

PRICE = re.compile(
    r"[$€£]|\b(usd|dollars?|dolares|bucks|pesos?|cents?|prices?|precios?|cost[os]?|cuesta\w*|fees?"
    r"|co-?pays?|copagos?|discounts?|descuentos?)\b",
    re.IGNORECASE,
)
FOREIGN_LINK = re.compile(r"\b[a-z]+://\S*|\bhttps?:\S*|\bwww\.\S*|\b[\w-]+\.[a-z]{2,}\b", re.IGNORECASE)

# Some patients may not drink as others do: advice about it stands only in texts that have a variant without it.
DRINKING = re.compile(
    r"\b(drink\w*|water|sip\w*|hydrat\w*|fluids?|glass(?:es)?|beb[aei]\w*|agua|sorb\w*|hidrat\w*|liquidos?|vasos?)\b",
    re.IGNORECASE,
)


def unaccented(words: str) -> str:
    """Return words without accents, so that one spelling of a forbidden word finds them all."""
    parts = unicodedata.normalize("NFKD", words)
    return "".join(part for part in parts if not unicodedata.combining(part))
