"""From a reader's frames to plates with true probabilities: the sums, the search, and the board they are put on."""
