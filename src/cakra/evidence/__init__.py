"""What makes a photograph evidence, and what may be shown of it.

Hashes of what was received, pictures judged by their content, one durable flush for many requests, and
derived pictures (plate crop; vehicle with glass and riders masked) that never touch the original.
"""
