"""How long what is searched for may be."""

# A model reads about so much as one passage; whoever has more to say writes a wish.
LONGEST_SEARCH = 300
