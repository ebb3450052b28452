"""Dispatch: handing notices to a provider once, and believing only proof.

The intent is committed before the call. An answer that never came is `unknown` and is settled by a
receipt that echoes our tag, or by an officer when its time is up; nothing is ever sent again blindly.
"""
