"""From values to words and to JSON; nothing is decided here."""
