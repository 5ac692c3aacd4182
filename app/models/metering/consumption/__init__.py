"""How much energy each month took: pure rules, from registers' readings to a report."""
