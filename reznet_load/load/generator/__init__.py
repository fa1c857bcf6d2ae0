"""Measurements of the generator itself: lag, CPU, the error of a known answer; and how it ends early."""
