"""The Python of entangled: one package a stage, each with a small public face (see docs/DECISIONS.md, 1)."""
