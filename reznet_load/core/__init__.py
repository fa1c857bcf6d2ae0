"""The project's terms as plain records; needs the standard library only."""
