"""Verbs of the intake: started, saved section by section, sent, decided, watched and handed over."""
