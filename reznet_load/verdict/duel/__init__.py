"""Compares the two sides of a duel: is B slower than A?"""
