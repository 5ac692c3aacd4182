"""Acquirers of card payments: each speaks its own protocol behind one port."""
