"""Notice: what is said to whom. An identified case gets one notice row, worded and sealed, and starts notifying."""
