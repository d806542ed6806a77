"""From what was understood to what is done and said: wishes, answers, words, and the thread of a talk."""
