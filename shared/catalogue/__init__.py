"""Fields of one's own and the vocabulary: what a library wants to know of its photos beyond what every photo has."""
