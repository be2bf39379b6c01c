"""Texts that ask for no more texts, and texts that only look like it; both as people type them."""

STOPS = (
    # The words themselves, in every dress.
    *(
        "STOP",
        "stop",
        "Stop!",
        "STOP.",
        "STOP!!",
        "  stop\n",
        "S T O P",
        "S.T.O.P",
        "s-t-o-p",
        "\uff33\uff54\uff4f\uff50",
    ),
    *("STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT", "Remove", "unsub", "\U0001f6d1"),
    *("ALTO", "Parar", "CANCELAR", "basta", "Baja", "detener", "Alto!", "terminar", "fin", "pare"),
    *("go away", "please go away", "I'd like to stop receiving texts", "I would like to stop getting these"),
    *("I no longer wish to receive texts", "turn off these reminders", "I don't consent to texts", "cease and desist"),
    *(
        "quiero dejar de recibir mensajes",
        "knock it off",
        "enough",
        "I don't want you to text me",
        "take me off your list",
    ),
    # Misspelt.
    *("stpo", "sotp", "tsop", "stp", "stopp", "STOOOOP", "sttop", "stopit", "unsuscribe"),
    # Said politely, said loudly.
    *("stop please", "Please stop", "Pls stop", "stop, thanks", "Stop \U0001f6d1", "stop \U0001f64f", "alto por favor"),
    *(
        "STOP STOP STOP",
        "stop!!! stop!!!",
        "stop now",
        "ok stop",
        "just stop",
        "stop it",
        "stop this",
        "stop por favor",
    ),
    # In free words.
    *("opt out", "Opt-out", "opt me out", "opting out", "unsubscribe me", "I want to unsubscribe"),
    *(
        "how do I unsubscribe from this?",
        "No more texts",
        "no more",
        "no more please",
        "enough texts",
        "not interested",
    ),
    *("please stop texting me", "stop texting", "stop sending me messages", "stop all messages", "stop contacting me"),
    *("Stop sending these texts to my phone please", "stop bothering me", "stop spamming", "quit texting me"),
    *("cancel texts", "cancel all messages", "end messages", "Please cancel", "I revoke my consent"),
    *("Don\u2019t text me", "dont txt me", "don't text me anymore", "do not contact me again", "leave me alone"),
    *("please do not message this number", "I don't want these messages", "I do not want to receive texts"),
    *("i dont want any more of your texts", "I no longer want to get these texts", "don't send me any more texts"),
    *("remove me from this list", "Remove my number", "take me off your list", "take this number off the list"),
    *("delete my number", "lose my number", "go away", "wrong number stop", "WRONG NUMBER, STOP TEXTING ME"),
    *("This is not my number, stop texting", "STOP sending, I will stop by at 3 anyway"),
    "stop texting me i can't stop laughing",
    *(
        "no m\u00e1s mensajes",
        "No m\u00e1s",
        "No me env\u00eden m\u00e1s mensajes",
        "no me escriban",
        "no me mande mas textos",
    ),
    *("ya no quiero mensajes", "ya no quiero recibir m\u00e1s mensajes", "no quiero recibir mensajes", "no molesten"),
    *("dejen de escribirme", "Dejen de mandarme mensajes por favor", "paren de mandar mensajes", "darme de baja"),
    *("deje de enviarme textos", "no quiero m\u00e1s textos", "borren mi n\u00famero", "qu\u00edtenme de la lista"),
    *("eliminen mi numero", "cancelar mensajes", "basta de mensajes", "No me interesa"),
)

FALSE_ALARMS = (
    # The word says that something else goes on, or ends.
    *("I can't stop coughing", "I cannot stop crying", "can't stop", "my bleeding won't stop", "it does not stop"),
    *(
        "the pain doesn't stop",
        "nonstop vomiting",
        "non-stop headache",
        "the video keeps stopping",
        "The pain does not end",
    ),
    *("Should I stop taking my pills?", "when do I stop eating?", "I stopped eating at 8", "stop taking water when?"),
    *("Do I stop the water at 2?", "stop breathing exercises?", "I want to quit smoking", "can we stop for today?"),
    *("no puedo parar de toser", "no puedo dejar de llorar", "fin de semana?", "parada de autobus", "para ma\u00f1ana"),
    "para que hora es?",
    # The opposite.
    *("don't stop the reminders", "Please don't stop texting me", "do not stop", "never stop sending these, they help"),
    *("don't cancel my visit", "no paren los mensajes", "no me cancele la cita", "no cancelen mi cita"),
    # A place, a person, a way.
    *("I will stop by at 3", "I'll stop by the office tomorrow", "Stop by my house?", "My husband will stop in later"),
    *("is there a bus stop near you?", "we will stop for gas", "He told me to stop at the desk"),
    "I cannot stop at the store today, may I come at 5",
    # About a visit, not about texts.
    *("Can I cancel my visit on Friday?", "cancel my appointment", "I need to cancel my visit tomorrow"),
    *(
        "please cancel my visit",
        "when does the visit end?",
        "take me off the schedule on friday?",
        "I have to end the call",
    ),
    *("I don't want to move it", "no more pain today", "no more nausea, thank you", "I have no more questions"),
    # About texts, but asking for them or about them.
    *("text me later", "please text me", "do not call me, text me instead", "send me the message again"),
    *("I did not get the text", "don't send the package today", "why did you stop", "Do you text in Spanish?"),
    *("too many texts from you", "Is this spam?", "who is this", "are you a robot", "leave me a message at home"),
    *("My headache won't go away", "when does the nausea go away?", "I do not write English well"),
    *("I never text, please call", "I don't get your texts", "I don't receive any texts from you"),
    *("I never get the reminders", "you never send the texts", "I don't want to miss reminders"),
    *("I don't need texts in Spanish", "I am not interested in another time, keep it"),
    *("Can you take me off of the Tuesday appointment", "remove me from Tuesday", "take me off the 3pm slot"),
    *("this is the end of my address", "I quit my job", "can i opt for morning?", "thanks", "hello"),
)
