"""The words of the project as plain records, standard library only."""
