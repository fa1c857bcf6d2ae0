"""Floor 1: the words of the project as plain records, standard library only."""
