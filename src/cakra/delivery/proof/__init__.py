"""Proof: what providers say afterwards, kept before it is acknowledged, applied in sets to attempt, notice and case.

keeping.py the raw words   callbacks.py reading them   proofs.py writing   proved.py what a case learns, pure
"""
