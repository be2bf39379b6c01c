"""Physicians who are out: every visit that must go elsewhere, with the best new place for each, approved by people."""
