"""The fixed words of a printed form, in both languages."""

from collections.abc import Mapping
from types import MappingProxyType

from clinic.billing.rules.line_words import Said

WORDS: Mapping[str, Said] = MappingProxyType(
    {
        "record": Said("Record of the signature", "Constancia de la firma"),
        "name": Said("Signed by", "Firmado por"),
        "at": Said("Signed", "Fecha de la firma"),
        "utc": Said("In universal time", "En tiempo universal"),
        "released_to": Said("May see the record", "Puede ver el expediente"),
        "agreed": Said("Agreed to", "Aceptado"),
        "version": Said("Version and language", "Versión e idioma"),
        "version_line": Said("Version {number}, English", "Versión {number}, español"),
        "sha256": Said("SHA-256 of the text above", "SHA-256 del texto anterior"),
        "address": Said("Internet address", "Dirección de internet"),
        "agent": Said("Device and browser", "Dispositivo y navegador"),
        "unknown": Said("not known", "no se conoce"),
        "signature_id": Said("Number of this signature", "Número de esta firma"),
        "withdrawn": Said("Withdrawn", "Retirada"),
        "page": Said("Page", "Página"),
    }
)
