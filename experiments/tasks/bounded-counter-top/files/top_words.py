"""Frequencies of words."""

import re


def count_words(text):
    """How often each word occurs, in lower case."""
    counts = {}
    for word in re.findall(r"[a-z']+", text):
        counts[word] = counts.get(word, 0) + 1
    return counts


def top_words(text, limit=3):
    """Pairs of word and count, the most frequent first."""
    counts = count_words(text)
    ranked = sorted(counts.items(), key=lambda item: (item[1], item[0]))
    return ranked[:limit]


def share(text, word):
    counts = count_words(text)
    total = sum(counts.values())
    return counts.get(word.lower(), 0) / total if total else 0.0
