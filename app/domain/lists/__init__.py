"""Which rows of two lists are of the same people: Fellegi and Sunter's model, its figures taken from the lists."""
