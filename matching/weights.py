"""What each signal weighs in a score, and why; the only place where the ranking is set.

One setting for everything that is ranked: résumés, titles, skills.  Set by reasoning and rounded to plain numbers, not
fitted to a set of examples.  A signal that a brief has no text for is left out; a score is the sum of weight x value
over the sum of the weights that remain, so 1 is the most.
"""

# The title says in three words what the work is; what people call themselves answers it most directly.
HEADLINE = 0.35
# The same title against what they did: three passages, so that a title alone does not carry a résumé.
TITLE = 0.25
# And against everything: somebody whose whole résumé speaks of this work comes before a passing mention.
TITLE_THROUGHOUT = 0.10
# Whether both are of one trade, in whatever words; of the whole résumé, so that one passage does not decide.
OCCUPATION = 0.50
# What a manager took the trouble to list: together as much as the title.
WISHES = 0.30
# The sentences of an advert speak of the firm and its benefits, too; those near the title count, and less.
SENTENCES = 0.15
# What a wish names side by side is asked for one by one; it repeats the wish, so it weighs less.
SKILLS = 0.15
# Of a sentence alone, whichever few words a label or a passage answers best: a label names a part of it, not all.
PHRASES = 0.40
# The whole text holds the sense that its sentences share.
TEXT = 0.20
# Vectors blur names: that a rare word of the title stands there in so many letters is evidence of its own.
TITLE_WORDS = 0.15
# The same for all other words asked for, of which many are ordinary.
ALL_WORDS = 0.10
# Of a title or label, which is all there is of it: whether every word of it was asked for.
COVERED = 0.20
# Years tell little where text is there; they part equals.
EXPERIENCE = 0.02
# Without any text years are all there is.  Beyond a working life more of them say nothing.
MOST_YEARS = 40
