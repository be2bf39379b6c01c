"""Pure rules of talks: what a reply may say and when it leaves, which conversations a list shows, what words tell."""
