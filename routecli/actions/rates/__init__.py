"""`rates`: the card itself, shown, checked, compared and brought up to date."""
