"""How good labels and people are: what many answers together say, how far they agree, and how sure that is.

Plain Python on numpy; knows neither web nor database.
"""
