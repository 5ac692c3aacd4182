from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""The folder of the project: commands work from any other."""
