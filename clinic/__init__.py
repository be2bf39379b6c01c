"""Operations backend of a telemedicine clinic whose patients are treated at home."""

import gc

# What is imported stays. Looking for garbage after each 700 new objects took a third of the time of every start.
gc.set_threshold(50_000, 20, 100)
