"""Segment counts and smart encoding for the clinic's own texts, kept once beside the port that sends them."""

from clinic.gateways.sms.segments import Encoding, encoding_of, length_of, same_text, segments_of, smart_encoded

__all__ = ["Encoding", "encoding_of", "length_of", "same_text", "segments_of", "smart_encoded"]
