//! Names: the dictionary of their words, and what a keyword matches.
