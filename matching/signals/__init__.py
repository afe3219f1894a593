"""The signals that a score is made of, one way of comparing a file."""
