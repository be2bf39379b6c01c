"""Words around an answer that do not change it."""

COURTESIES = frozenset(
    ("please", "pls", "plz", "thanks", "thank", "thx", "ty", "you", "and", "hi", "hello", "hey", "dear", "sir", "maam")
) | frozenset(("por", "favor", "porfa", "porfavor", "gracias", "muchas", "y", "hola", "buenas", "buenos", "dias", "so"))
"""`Please`, `thank you` and greetings of both languages."""

FRAMES = frozenset(
    ("option", "opcion", "reply", "answer", "respuesta", "number", "numero", "the", "is", "my", "mi", "es")
)
"""What stands before a digit: `option 1`, `my answer is 2`."""
