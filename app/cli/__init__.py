"""The commands of `run.py`, one module for each family.

A start has to be quick, so the modules import what is heavy (SQLAlchemy, FastAPI, Alembic) in
the commands that need it, not above them.
"""
