"""Work for people: what needs a person, for whom, by when, why, and how it was done."""
