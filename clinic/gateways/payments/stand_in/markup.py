"""The words and the looks of the stand-in's pages for people."""

from collections.abc import Mapping

LABELS: Mapping[str, str] = {
    "4242424242424242": "works",
    "5555555555554444": "works (Mastercard)",
    "4000002500003155": "works; the bank asks you once, now",
    "4000002760003184": "the bank asks you each time",
    "4000000000000341": "can be saved, every payment is declined",
    "4000000000009995": "cannot be saved: not enough on it",
    "4000000000000069": "cannot be saved: expired",
    "4000000000001505": "every payment takes an hour",
}

_HEAD = """<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title><style>
:root {{ color-scheme: light dark }} body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 32rem; margin: 2rem auto;
padding: 0 1rem }} label {{ display: block; padding: .4rem 0 }} button {{ font: inherit; padding: .6rem 1rem;
min-height: 44px }} input[type=text] {{ font: inherit; padding: .5rem; width: 100%; box-sizing: border-box }}
.note {{ border-left: .3rem solid; padding-left: .8rem }}</style></head><body>"""

CARD_PAGE = (
    _HEAD.format(title="Card (pretend)")
    + """<h1>Save a card</h1>
<p class="note">This is the pretend payment page of the demo. No real card is asked for, and none should be typed.</p>
{% if page.status != "open" %}<p role="alert">This page is closed.</p>{% else %}
{% if said %}<p role="alert"><strong>{{ said }}</strong></p>{% endif %}
<form method="post"><fieldset><legend>A test card</legend>
{% for number, label in cards %}<label><input type="radio" name="card" value="{{ number }}"{% if loop.first %} checked
{% endif %}> {{ number[:4] }} &hellip; {{ number[-4:] }}: {{ label }}</label>{% endfor %}
<label>Or another test number <input type="text" name="number" inputmode="numeric" autocomplete="off"></label>
</fieldset><p><button>Save card</button></p></form>{% endif %}
{% if page.cancel_url %}<p><a href="{{ page.cancel_url }}">Back to the clinic</a></p>{% endif %}</body></html>"""
)

CHALLENGE_PAGE = (
    _HEAD.format(title="Your bank (pretend)")
    + """<h1>Is this you?</h1>
<p class="note">This is the pretend bank of the demo.</p>
<p>Confirm {% if cents is none %}that this card may be saved{% else %}a payment of
${{ cents // 100 }}.{{ "%02d" % (cents % 100) }}{% endif %}.</p>
<form method="post"><p><button name="answer" value="yes">Confirm</button>
<button name="answer" value="no">Refuse</button></p></form></body></html>"""
)
