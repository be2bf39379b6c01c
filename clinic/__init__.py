"""Operations backend of a telemedicine clinic whose patients are treated at home."""
