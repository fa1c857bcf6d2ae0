"""Cookies of a user: given ones, which the server may renew, and those that the server sets."""
