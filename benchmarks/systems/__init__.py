"""Programs of other systems for ``benchmarks.bench``, each run in the system's own environment.

They import nothing of this project.
"""
