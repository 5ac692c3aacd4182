"""How requests arrive, before any of our code for HTTP sees them."""
